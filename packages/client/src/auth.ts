import type { SessionEndedError } from './errors.js';

/** What a request shows of who sends it. */
export interface Credential {
  /** The header `Authorization`; none where it is a cookie, or nobody is signed in. */
  readonly authorization: string | undefined;
  /** Changes whenever the credential does. */
  readonly stamp: string;
}

/** What signing in and every renewal give; null where they are cookies. */
export interface SessionTokens {
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
}

/** How a client shows who it is. */
export interface Auth {
  readonly kind: 'apiKey' | 'tokens' | 'cookie';
  current(): Promise<Credential>;
  /**
   * Called when a credential was refused: true when there is another one by now. Throws {@link SessionEndedError} when
   * the session is over, and what else stood in the way of finding out.
   */
  renew(refused: Credential): Promise<boolean>;
  /** Somebody has signed in. */
  begin(tokens: SessionTokens): Promise<void>;
  /** Signed out; gives the refresh token that was good until then. */
  end(): Promise<string | null>;
  close(): void;
}

/** What sessions need of the client. */
export interface SessionHost {
  /** What sets this client's sessions apart from others on the same origin. */
  readonly name: string;
  /** Asks for new tokens, by the refresh token or else by the cookie; undefined when the server says that it is over. */
  refresh(refreshToken: string | undefined): Promise<SessionTokens | undefined>;
  onEnded(error: SessionEndedError): void;
}

/** With an API key nothing is renewed: it is good or it is not. */
export function apiKeyAuth(apiKey: string): Auth {
  const credential: Credential = { authorization: `Bearer ${apiKey}`, stamp: '' };
  return {
    kind: 'apiKey',
    current: async () => credential,
    renew: async () => false,
    begin: () => Promise.reject(new TypeError('This client has an API key: it does not sign in.')),
    end: async () => null,
    close: () => undefined,
  };
}
