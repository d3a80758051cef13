import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useMemo, useState } from 'react';
import { askToSignIn, useSession } from './session.js';
import { firstQuery, newTour, tourSteps } from './tour-steps.js';
import { chooseFiles } from './upload-slots.js';

const storageKey = 'granary:tour';
/** As in main.css: there is no room for the tour beside the editor. */
const narrow = '(max-width: 820px)';

export const tourPlugin = { title: 'Tour', icon: TourIcon, content: Tour };

function TourIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 21V4m0 0c5-2.5 9 2.5 14 0v9c-5 2.5-9-2.5-14 0" strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  );
}

function Tour() {
  const { status, viewer } = useSession();
  const [tour, setTour] = useState(readTour);
  const [done, setDone] = useState(-1);
  const open = useOpenStep();
  const { schema } = useGraphiQL(pick('schema'));
  const username = viewer?.user.username ?? '';
  const steps = useMemo(
    () => tourSteps({ ...tour, username }).filter(({ needs }) => isThere(schema, needs)),
    [tour, username, schema],
  );
  const restart = () => {
    const next = newTour();
    localStorage.setItem(storageKey, JSON.stringify(next));
    setTour(next);
    setDone(-1);
  };
  return (
    <section className="granary-tour" aria-label="Tour">
      <h2>Tour</h2>
      <p>
        From a first bucket to who may do what. Each step opens in the editor; run it with <kbd>Ctrl</kbd>{' '}
        <kbd>Enter</kbd>. It works in a bucket of its own, <code>{tour.bucket}</code>.
      </p>
      {status === 'out' && (
        <button type="button" className="granary-button granary-primary" onClick={() => askToSignIn(true)}>
          Sign in first
        </button>
      )}
      <ol>
        {steps.map((step, index) => (
          <li key={step.title} className={index <= done ? 'granary-done' : ''}>
            <button
              type="button"
              aria-current={index === done ? 'step' : undefined}
              onClick={() => {
                open(step);
                setDone(index);
              }}
            >
              <b>{step.title}</b>
              <span>{step.text}</span>
            </button>
          </li>
        ))}
      </ol>
      <button type="button" className="granary-button" onClick={restart}>
        Begin anew with another bucket
      </button>
    </section>
  );
}

/** Puts a step into the editors: what was written by hand stays in its tab. */
function useOpenStep() {
  const { addTab, setVisiblePlugin, stop } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(pick('queryEditor', 'variableEditor'));
  const [opened, setOpened] = useState(firstQuery.trim());
  return ({ query, variables, files = {} }) => {
    // What listens would be taken for the answer.
    stop();
    const current = queryEditor.getValue().trim();
    if (current !== '' && current !== opened) {
      addTab();
    }
    for (const [name, chosen] of Object.entries(files)) {
      chooseFiles({ path: name.split('.') }, chosen);
    }
    queryEditor.setValue(query);
    variableEditor.setValue(variables === undefined ? '' : JSON.stringify(variables, null, 2));
    setOpened(query);
    if (matchMedia(narrow).matches) {
      setVisiblePlugin(null);
    }
  };
}

function isThere(schema, needs) {
  if (needs === undefined) {
    return true;
  }
  const [type, field] = needs.split('.');
  return schema?.getType(type)?.getFields()[field] !== undefined;
}

function readTour() {
  try {
    const kept = JSON.parse(localStorage.getItem(storageKey) ?? '');
    if (typeof kept?.bucket === 'string') {
      return kept;
    }
  } catch {
    // Nothing was kept, or nothing that can be read.
  }
  const tour = newTour();
  localStorage.setItem(storageKey, JSON.stringify(tour));
  return tour;
}
