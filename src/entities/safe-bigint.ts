import { BigIntType } from '@mikro-orm/core';

/** A `bigint` column as a JavaScript number: ids and byte counts stay far below 2^53. */
export class SafeBigInt extends BigIntType<'number'> {
  constructor() {
    super('number');
  }
}
