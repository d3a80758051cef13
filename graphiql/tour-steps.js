// Ready-made operations, from a first bucket to who may do what. Each runs as it is, in this order.

/** What one tour works on: names that nobody else has, so that every tour begins with nothing. */
export function newTour() {
  return { bucket: `tour-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}` };
}

/** What the editor has before anybody has written anything. */
export const firstQuery = `# Granary's API.
# The flag opens the tour: operations that are
# ready to run. The book has all that there is.
#
#   Ctrl+Enter  runs
#   Ctrl+Space  completes

query Buckets {
  buckets(first: 20) {
    totalCount
    nodes {
      name
      versioning
      usage { objects bytes }
    }
  }
}
`;

const errors = 'userErrors { code field message }';

/**
 * @param bucket the name of the tour's bucket
 * @param username who is signed in
 */
export function tourSteps({ bucket, username }) {
  const hello = () => new File([`Hello, ${username}\n`], 'hello.txt', { type: 'text/plain' });
  return [
    {
      title: 'Who am I?',
      text: 'The user, its tenant, and how much the tenant holds.',
      query: `query WhoAmI {
  viewer {
    user { username displayName lastSignInAt }
    tenant { name }
    roles
    usage { buckets bytes }
  }
}`,
    },
    {
      title: 'Make a bucket',
      text: 'With versioning, so that nothing is ever overwritten.',
      query: `mutation MakeBucket($input: CreateBucketInput!) {
  createBucket(input: $input) {
    bucket { id name versioning }
    ${errors}
  }
}`,
      variables: { input: { name: bucket, versioning: 'ENABLED' } },
    },
    {
      title: 'Upload a file',
      text: 'hello.txt is there already: choose another one below the answer, or drop it there.',
      query: `mutation Upload($input: UploadObjectInput!) {
  uploadObject(input: $input) {
    object {
      key
      size
      contentType
      sha256
      versionId
      tags { key value }
    }
    deduplicated
    ${errors}
  }
}`,
      variables: {
        input: { bucket, key: 'docs/hello.txt', file: null, tags: [{ key: 'kind', value: 'greeting' }] },
      },
      files: { 'input.file': [hello()] },
    },
    {
      title: 'Upload several at once',
      text: 'Each is stored by itself; keys are the names of the files, and may be changed among the variables.',
      query: `mutation UploadSeveral(
  $bucket: String!
  $files: [UploadFileInput!]!
) {
  uploadObjects(
    input: { bucket: $bucket, files: $files }
  ) {
    objects { key size }
    ${errors}
  }
}`,
      variables: {
        bucket,
        files: [
          { key: 'docs/one.txt', file: null },
          { key: 'photos/two.txt', file: null },
        ],
      },
      files: {
        files: [
          new File(['one'], 'one.txt', { type: 'text/plain' }),
          new File(['two'], 'two.txt', { type: 'text/plain' }),
        ],
      },
    },
    {
      title: 'Look into folders',
      text: 'Folders are what keys have before a slash. A page has 1 to 100 entries; cursors lead to the next.',
      query: `query Browse($bucket: String!, $folder: String) {
  bucket(name: $bucket) {
    usage { objects bytes }
    entries(folder: $folder, first: 20) {
      nodes {
        __typename
        ... on Folder { name path }
        ... on StoredObject { key size createdAt }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
      variables: { bucket, folder: '' },
    },
    {
      title: 'Search',
      needs: 'Query.search',
      text: 'By words in keys, tags and metadata, and by filters, in all buckets that one may see.',
      query: `query Search($bucket: String!) {
  search(
    first: 10
    text: "hello"
    filter: { buckets: [$bucket] }
  ) {
    nodes {
      key
      size
      bucket { name }
    }
  }
}`,
      variables: { bucket },
    },
    {
      title: 'Download',
      text: 'An address for five minutes, good without signing in, and one for the whole folder as a zip.',
      query: `query Download($bucket: String!) {
  object(bucket: $bucket, key: "docs/hello.txt") {
    downloadUrl(expiresIn: 300)
  }
  bucket(name: $bucket) {
    zipUrl(prefix: "docs/")
  }
}`,
      variables: { bucket },
    },
    {
      title: 'Share with a link',
      needs: 'Mutation.createShareLink',
      text: 'With a password and a number of downloads. The address is shown once.',
      query: `mutation Share($input: CreateShareLinkInput!) {
  createShareLink(input: $input) {
    url
    shareLink { id expiresAt }
    ${errors}
  }
}`,
      variables: {
        input: { bucket, key: 'docs/hello.txt', password: 'sesame-open-please', maxDownloads: 3 },
      },
    },
    {
      title: 'Watch',
      text: 'A subscription: start it, then upload again in another tab. Events arrive as they happen, newest first.',
      query: `subscription Watch($bucket: String!) {
  objectEvents(bucket: $bucket) {
    cursor
    change
    key
    actorName
    object { size }
  }
}`,
      variables: { bucket },
    },
    {
      title: 'Versions',
      text: 'Overwrite hello.txt with a copy of another object, and see that what it was is still there.',
      query: `mutation Overwrite($copy: CopyObjectInput!) {
  copyObject(input: $copy) {
    object {
      key
      versions(first: 10) {
        nodes {
          versionId
          size
          isLatest
        }
      }
    }
    ${errors}
  }
}`,
      variables: {
        copy: {
          source: { bucket, key: 'docs/one.txt' },
          target: { bucket, key: 'docs/hello.txt' },
        },
      },
    },
    {
      title: 'Who may do what?',
      text: 'What decides about an action, statement by statement, without doing it.',
      query: `query Explain($input: ExplainAccessInput!) {
  explainAccess(input: $input) {
    decision
    reason
    decidedBy { layer policy sid }
  }
}`,
      variables: {
        input: { principal: { username }, action: 's3:GetObject', bucket, key: 'docs/hello.txt' },
      },
    },
    {
      title: 'What has happened?',
      text: 'Every change is in the audit log, written in the transaction that made it.',
      query: `query Audit($bucket: String!) {
  auditLog(
    first: 20
    filter: { bucket: $bucket }
  ) {
    nodes { at action outcome key }
  }
}`,
      variables: { bucket },
    },
  ];
}
