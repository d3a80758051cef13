import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './main.css';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect, useMemo, useRef } from 'react';
import { createRoot } from 'react-dom/client';
import { createFetcher } from './fetcher.js';
import { Files } from './files.jsx';
import { askToSignIn, lookUpSession } from './session.js';
import { Account, SignIn } from './sign-in.jsx';
import { tourPlugin } from './tour.jsx';
import { firstQuery } from './tour-steps.js';

/** In variables a file is null: what it is stands below the answer. */
const customScalarSchemas = { Upload: { type: ['null', 'string'] } };

function Page() {
  const schema = useRef(null);
  const fetcher = useMemo(() => createFetcher(() => schema.current), []);
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={[tourPlugin, HISTORY_PLUGIN]}
      visiblePlugin={localStorage.getItem('graphiql:visiblePlugin') === null ? tourPlugin : undefined}
      defaultQuery={firstQuery}
      defaultEditorToolsVisibility="variables"
      customScalarSchemas={customScalarSchemas}
      inputValueDeprecation
      schemaDescription
      onSchemaChange={(next) => {
        schema.current = next;
      }}
    >
      <GraphiQL.Logo>
        <Head />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <Files />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

function Head() {
  const { introspect } = useGraphiQLActions();
  const hasSchema = useGraphiQL((state) => state.schema !== null && state.schema !== undefined);
  // What may be asked for depends on who asks: in production the schema too.
  const look = () => (hasSchema ? undefined : introspect());
  useEffect(() => {
    lookUpSession().then((viewer) => {
      if (viewer === null) {
        askToSignIn(true);
      }
    });
  }, []);
  return (
    <div className="granary-head">
      <a className="granary-brand" href="/" aria-label="Granary">
        <Mark />
        <span>Granary</span>
      </a>
      <Account onChange={look} />
      <SignIn onChange={look} />
    </div>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path fill="currentColor" d="M12 2 2.5 8v14h19V8L12 2Zm0 2.4L19.5 9v11h-15V9L12 4.4Z" />
      <path
        fill="currentColor"
        d="M12 8.5c1.700 1 2.300 2.300 2 3.800 1.200-.6 2.300-.5 3.200.2-.8 1.700-2 2.5-3.700 2.4 1 .2 1.900.8 2.4 1.900-1 .9-2.100 1-3.200.5V19h-1.400v-1.700c-1.100.5-2.200.4-3.200-.5.5-1.100 1.400-1.700 2.4-1.900-1.700.1-2.900-.7-3.700-2.4.9-.7 2-.8 3.200-.2-.3-1.500.3-2.800 2-3.800Z"
      />
    </svg>
  );
}

createRoot(document.getElementById('graphiql')).render(<Page />);
