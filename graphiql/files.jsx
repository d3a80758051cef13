import { pick, useGraphiQL } from '@graphiql/react';
import { useMemo, useState } from 'react';
import {
  chooseFiles,
  nameOf,
  operationOf,
  uploadSlots,
  useChosenFiles,
  useSentShare,
  withFiles,
} from './upload-slots.js';

/** Below the answer, while the operation takes files: one place for each variable that does. */
export function Files() {
  const { schema, tabs, activeTabIndex, operationName, variableEditor } = useGraphiQL(
    pick('schema', 'tabs', 'activeTabIndex', 'operationName', 'variableEditor'),
  );
  const query = tabs[activeTabIndex]?.query ?? '';
  const slots = useMemo(
    () => (schema ? uploadSlots(schema, operationOf(query, operationName)) : []),
    [schema, query, operationName],
  );
  const share = useSentShare();
  if (slots.length === 0) {
    return null;
  }
  const choose = (slot, files) => {
    chooseFiles(slot, files);
    fillIn(variableEditor, slot, files);
  };
  return (
    <section className="granary-files" aria-label="Files">
      {slots.map((slot) => (
        <Slot key={nameOf(slot)} slot={slot} onChoose={(files) => choose(slot, files)} />
      ))}
      {share !== null && <progress aria-label="Sent" value={share} max={1} />}
    </section>
  );
}

/** Puts what goes beside the files into the variables; what is no JSON yet is left to whoever writes it. */
function fillIn(editor, slot, files) {
  try {
    const variables = JSON.parse(editor?.getValue().trim() || '{}');
    editor?.setValue(JSON.stringify(withFiles(variables, slot, files), null, 2));
  } catch {
    // The files are placed when the operation is sent.
  }
}

function Slot({ slot, onChoose }) {
  const files = useChosenFiles().get(nameOf(slot)) ?? [];
  const [over, setOver] = useState(false);
  const takesMany = slot.kind !== 'one';
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    const dropped = [...event.dataTransfer.files];
    onChoose(takesMany ? dropped : dropped.slice(0, 1));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way; the button is for everybody.
    <div
      className={over ? 'granary-slot granary-over' : 'granary-slot'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <code>${nameOf(slot)}</code>
      <label className="granary-button">
        {takesMany ? 'Choose files…' : 'Choose a file…'}
        <input
          type="file"
          name={nameOf(slot)}
          multiple={takesMany}
          onChange={(event) => {
            onChoose([...event.target.files]);
            event.target.value = '';
          }}
        />
      </label>
      {files.length === 0 && <span className="granary-hint">or drop {takesMany ? 'them' : 'it'} here</span>}
      <ul>
        {files.map((file, index) => (
          <li key={`${file.name} ${file.size} ${file.lastModified}`}>
            {file.name} <small>{sizeOf(file.size)}</small>
            <button
              type="button"
              aria-label={`Remove ${file.name}`}
              onClick={() => onChoose(files.filter((_, other) => other !== index))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function sizeOf(bytes) {
  const unit = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 4);
  return `${Number((bytes / 1024 ** unit).toFixed(1))} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit]}`;
}
