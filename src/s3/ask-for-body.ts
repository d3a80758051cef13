import type { Arrival } from './read-request.js';

/** Tells a client that waits for it to send the body. From then on it comes, whether it is read or not. */
export function askForBody({
  expectsContinue,
  notes,
  response,
}: Pick<Arrival, 'expectsContinue' | 'notes' | 'response'>): void {
  if (expectsContinue) {
    notes.wasContinued = true;
    response.writeContinue();
  }
}
