import {
  bodilessFailures,
  content,
  createHeaders,
  createQuery,
  deleteKeyQuery,
  detailsSchema,
  empty,
  failures,
  idParams,
  json,
  keyParams,
  listQuery,
  listSchema,
  readHeaders,
  readKeyQuery,
  readQuery,
  searchQuery,
  searchSchema,
} from './schemas.js';

const readAnswers = {
  200: {
    description: 'The bytes, or with `view=details` what is known of the object.',
    content: { ...(content('').content as object), 'application/json': { schema: detailsSchema } },
  },
  206: content('The range of the bytes.'),
  304: empty('It is still the one that the client has.'),
};

const headAnswers = {
  200: empty('What the answer to GET would say, without the bytes.'),
  304: empty('It is still the one that the client has.'),
  ...bodilessFailures(401, 404, 412),
};

/** Every route with the schema that it is checked by and described with. */
export const restRoutes = {
  createObject: {
    method: 'POST',
    url: '/v1/objects',
    schema: {
      summary: 'Store an object.',
      description:
        'The body is the content, or a form (multipart/form-data) whose part `file`, the last one, is the content and whose ' +
        'other fields say what the parameters say otherwise.',
      querystring: createQuery,
      headers: createHeaders,
      response: { 201: json('The object.', detailsSchema), ...failures(400, 401, 403, 404, 412, 413) },
    },
  },
  listObjects: {
    method: 'GET',
    url: '/v1/objects',
    schema: {
      summary: 'List the current objects of a bucket.',
      description: 'By key in the byte order of UTF-8. `Link` leads to the next page.',
      querystring: listQuery,
      response: { 200: json('A page.', listSchema), ...failures(400, 401, 403, 404) },
    },
  },
  searchObjects: {
    method: 'GET',
    url: '/v1/objects/search',
    schema: {
      summary: 'Find objects.',
      description: 'Those that the caller may list and read and that fit everything asked for, as `search` in GraphQL.',
      querystring: searchQuery,
      response: { 200: json('A page.', searchSchema), ...failures(400, 401, 403, 404) },
    },
  },
  getObjectById: {
    method: 'GET',
    url: '/v1/objects/:id',
    schema: {
      summary: 'Read the version with this id.',
      params: idParams,
      querystring: readQuery,
      headers: readHeaders,
      response: { ...readAnswers, ...failures(400, 401, 404, 412, 416) },
    },
  },
  headObjectById: {
    method: 'HEAD',
    url: '/v1/objects/:id',
    schema: {
      summary: 'What reading the version with this id would answer.',
      params: idParams,
      headers: readHeaders,
      response: headAnswers,
    },
  },
  deleteObjectById: {
    method: 'DELETE',
    url: '/v1/objects/:id',
    schema: {
      summary: 'Delete the version with this id, for good.',
      params: idParams,
      response: { 204: empty('It is deleted.'), ...failures(401, 403, 404, 423) },
    },
  },
  getObject: {
    method: 'GET',
    url: '/v1/objects/:bucket/*',
    schema: {
      summary: 'Read an object.',
      params: keyParams,
      querystring: readKeyQuery,
      headers: readHeaders,
      response: { ...readAnswers, ...failures(400, 401, 403, 404, 412, 416) },
    },
  },
  headObject: {
    method: 'HEAD',
    url: '/v1/objects/:bucket/*',
    schema: {
      summary: 'What reading an object would answer.',
      params: keyParams,
      querystring: deleteKeyQuery,
      headers: readHeaders,
      response: { ...headAnswers, ...bodilessFailures(403) },
    },
  },
  deleteObject: {
    method: 'DELETE',
    url: '/v1/objects/:bucket/*',
    schema: {
      summary: 'Delete an object: as in S3, in a bucket with versions the earlier ones stay.',
      params: keyParams,
      querystring: deleteKeyQuery,
      response: { 204: empty('It is deleted.'), ...failures(400, 401, 403, 404, 423) },
    },
  },
} as const;
