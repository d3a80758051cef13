// Sends what the editor asks: by HTTP, as a form when there are files, and subscriptions by WebSocket.
import { createClient } from 'graphql-ws';
import { endpoint } from './endpoint.js';
import { isSignedOut, lookUpSession, recoverSession } from './session.js';
import { chosenFiles, noteSent, operationOf, placedFiles, put, uploadSlots } from './upload-slots.js';

const mostEvents = 100;

/** @param schemaOf the schema, once it is known: it says where variables take files */
export function createFetcher(schemaOf) {
  return (params, { headers: given = {} } = {}) => {
    // An empty value stands there to be filled in; it is no token.
    const headers = Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== ''));
    const operation = operationOf(params.query, params.operationName);
    const request = { query: params.query, variables: params.variables ?? {}, operationName: operation?.name?.value };
    if (operation?.operation === 'subscription') {
      return subscription(request, headers);
    }
    const schema = schemaOf();
    const files = schema ? placedFiles(uploadSlots(schema, operation), chosenFiles()) : [];
    const send = () => (files.length > 0 ? sendForm(request, files, headers) : sendJson(request, headers));
    return withSession(send, headers);
  };
}

/** What the session's end has kept from being done is done once the session is renewed. */
async function withSession(send, headers) {
  const answer = await send();
  const usesCookie = !Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  return isSignedOut(answer) && usesCookie && (await recoverSession()) ? send() : answer;
}

const accept = 'application/graphql-response+json, application/json';

async function sendJson(request, headers) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', 'apollo-require-preflight': 'true', ...headers },
    body: JSON.stringify(request),
  });
  return readAnswer(response.status, await response.text());
}

/** https://github.com/jaydenseric/graphql-multipart-request-spec, by what tells of its progress. */
function sendForm(request, files, headers) {
  const variables = files.reduce((all, { path }) => put(all, path, null), request.variables);
  const form = new FormData();
  form.set('operations', JSON.stringify({ ...request, variables }));
  const map = files.map(({ path }, index) => [index, [['variables', ...path].join('.')]]);
  form.set('map', JSON.stringify(Object.fromEntries(map)));
  for (const [index, { file }] of files.entries()) {
    form.set(String(index), file);
  }
  return new Promise((resolve, reject) => {
    const exchange = new XMLHttpRequest();
    exchange.open('POST', endpoint);
    for (const [name, value] of Object.entries({ accept, 'apollo-require-preflight': 'true', ...headers })) {
      exchange.setRequestHeader(name, value);
    }
    exchange.upload.onprogress = ({ loaded, total }) => noteSent(total === 0 ? 1 : loaded / total);
    exchange.onload = () => resolve(readAnswer(exchange.status, exchange.responseText));
    exchange.onerror = () => reject(new Error('The connection broke before the answer came.'));
    exchange.onloadend = () => noteSent(null);
    noteSent(0);
    exchange.send(form);
  });
}

function readAnswer(status, text) {
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `The server answered ${status}: ${text.slice(0, 500)}` }] };
  }
}

/** What GraphiQL takes for something that goes on: each event is shown above those before. */
function subscription(request, headers) {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return {
    subscribe(sink) {
      const events = [];
      let client;
      let stopped = false;
      const tell = (status) =>
        sink.next({ status, received: events.length, events: events.slice(-mostEvents).reverse() });
      const begin = async () => {
        if (authorization === undefined && (await lookUpSession()) === null) {
          await recoverSession();
        }
        if (stopped) {
          return;
        }
        client = createClient({
          url: `${location.origin.replace('http', 'ws')}${endpoint}`,
          connectionParams: authorization === undefined ? {} : { authorization },
          retryAttempts: 0,
        });
        tell('listening');
        client.subscribe(request, {
          next(event) {
            events.push(event);
            tell('listening');
          },
          error: (error) => sink.error(toError(error)),
          complete() {
            tell('ended');
            sink.complete();
          },
        });
      };
      begin().catch((error) => sink.error(error));
      return {
        unsubscribe() {
          stopped = true;
          client?.dispose();
        },
      };
    },
  };
}

/** Errors of GraphQL as they came; the end of a connection in words. */
function toError(error) {
  if (Array.isArray(error)) {
    return { errors: error };
  }
  return error instanceof CloseEvent
    ? { message: error.code === 4401 ? 'Sign in first.' : `The connection was closed (${error.code} ${error.reason}).` }
    : error;
}
