import { types } from 'node:util';

/**
 * Jest runs tests in a realm of their own, where Node's errors are instances of another `Error`. SDKs that ask
 * `instanceof Error` wrap those, and their codes are lost, which happens nowhere else. With this import they are
 * instances here too.
 */
const ordinary = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown) {
    return ordinary.call(this, value) || (this === Error && types.isNativeError(value));
  },
});
