const mostPaths = 1000;

/**
 * Checks the `operations` and `map` of a multipart request before anything is written along the map's paths. Every
 * path must lead through properties of the document itself to a null, and every file must have one path of its own.
 * @returns what is wrong, or undefined
 */
export function problemOfUploadMap(operationsText: string | undefined, mapText: string): string | undefined {
  const operations = parseJson(operationsText ?? '');
  const map = parseJson(mapText);
  if (!isRecord(operations)) {
    return 'The field "operations" must come first and be one JSON object; batches are not accepted.';
  }
  if (!isRecord(map)) {
    return 'The field "map" must be a JSON object.';
  }
  const seen = new Set<string>();
  for (const [name, paths] of Object.entries(map)) {
    const path = Array.isArray(paths) && paths.length === 1 ? paths[0] : undefined;
    if (
      typeof path !== 'string' ||
      isTreacherous(name) ||
      seen.has(path) ||
      seen.size === mostPaths ||
      !leadsToNull(operations, path.split('.'))
    ) {
      return 'Each entry of the field "map" must be a list of one path, which no other entry has, to a null in "operations".';
    }
    seen.add(path);
  }
  return undefined;
}

function leadsToNull(document: object, steps: string[]): boolean {
  let value: unknown = document;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) {
      return false;
    }
    value = (value as Record<string, unknown>)[step];
  }
  return value === null && steps[0] === 'variables' && !steps.some(isTreacherous);
}

/** Names that mean something else than a property of the document to code that assigns along a path. */
function isTreacherous(step: string): boolean {
  return step === '__proto__' || step === 'constructor' || step === 'prototype';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
