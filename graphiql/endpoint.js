/** Where GraphQL is, beside this page: the server may be reached below a path of a proxy's. */
export const endpoint = `${location.pathname.replace(/\/graphiql(\/.*)?$/, '')}/graphql`;
