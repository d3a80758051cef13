import { registerEnumType } from 'type-graphql';

/** How tokens of OpenID providers may be signed: with a key pair, never with a shared secret. */
export const SigningAlgorithm = {
  RS256: 'RS256',
  RS384: 'RS384',
  RS512: 'RS512',
  PS256: 'PS256',
  PS384: 'PS384',
  PS512: 'PS512',
  ES256: 'ES256',
  ES384: 'ES384',
  ES512: 'ES512',
  EdDSA: 'EdDSA',
} as const;
export type SigningAlgorithm = (typeof SigningAlgorithm)[keyof typeof SigningAlgorithm];

registerEnumType(SigningAlgorithm, {
  name: 'SigningAlgorithm',
  description: 'How tokens of OpenID providers may be signed: with a key pair, never with a shared secret.',
  valuesConfig: {
    RS256: { description: 'RSA (PKCS #1 v1.5) with SHA-256.' },
    RS384: { description: 'RSA (PKCS #1 v1.5) with SHA-384.' },
    RS512: { description: 'RSA (PKCS #1 v1.5) with SHA-512.' },
    PS256: { description: 'RSA-PSS with SHA-256.' },
    PS384: { description: 'RSA-PSS with SHA-384.' },
    PS512: { description: 'RSA-PSS with SHA-512.' },
    ES256: { description: 'ECDSA on P-256 with SHA-256.' },
    ES384: { description: 'ECDSA on P-384 with SHA-384.' },
    ES512: { description: 'ECDSA on P-521 with SHA-512.' },
    EdDSA: { description: 'Ed25519.' },
  },
});
