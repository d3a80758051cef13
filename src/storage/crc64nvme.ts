/** The polynomial 0xad93d23594c93659 of CRC-64/NVME, bit-reversed, in two halves: JavaScript has no fast 64-bit integer. */
const POLYNOMIAL_HIGH = 0x9a6c9329 | 0;
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;

/** Bytes that one step of the loop takes: "slicing by 8" (Kounavis and Berry, 2005). */
const STRIDE = 8;
/** One table is 256 entries of a low and a high half side by side, so that both come in with one cache line. */
const TABLE = 512;

const tables = buildTables();

function buildTables(): Int32Array {
  const built = new Int32Array(STRIDE * TABLE);
  for (let byte = 0; byte < 256; byte++) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry) {
        low ^= POLYNOMIAL_LOW;
        high ^= POLYNOMIAL_HIGH;
      }
    }
    built[2 * byte] = low;
    built[2 * byte + 1] = high;
  }
  for (let entry = TABLE; entry < built.length; entry += 2) {
    const low = at(built, entry - TABLE);
    const high = at(built, entry - TABLE + 1);
    const shifted = 2 * (low & 0xff);
    built[entry] = ((low >>> 8) | (high << 24)) ^ at(built, shifted);
    built[entry + 1] = (high >>> 8) ^ at(built, shifted + 1);
  }
  return built;
}

function at(values: Int32Array, index: number): number {
  return values[index] as number;
}

// Apart from `at`, so that the compiler sees one kind of array in each: sharing one would halve the speed.
function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

/** A running CRC-64/NVME; `value` may be asked for at any time. */
export class Crc64Nvme {
  // The register starts with all ones and is inverted at the end.
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): void {
    const sliced = bytes.length - (bytes.length % STRIDE);
    this.#updateSliced(bytes, sliced);
    this.#updateBytes(bytes, sliced);
  }

  get value(): bigint {
    return (BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0);
  }

  #updateSliced(bytes: Uint8Array, end: number): void {
    const t = tables;
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < end; i += STRIDE) {
      low ^=
        byteAt(bytes, i) | (byteAt(bytes, i + 1) << 8) | (byteAt(bytes, i + 2) << 16) | (byteAt(bytes, i + 3) << 24);
      high ^=
        byteAt(bytes, i + 4) |
        (byteAt(bytes, i + 5) << 8) |
        (byteAt(bytes, i + 6) << 16) |
        (byteAt(bytes, i + 7) << 24);
      // The first byte has the longest way to go, so it looks in the last table.
      const a = 7 * TABLE + ((low & 0xff) << 1);
      const b = 6 * TABLE + (((low >>> 8) & 0xff) << 1);
      const c = 5 * TABLE + (((low >>> 16) & 0xff) << 1);
      const d = 4 * TABLE + ((low >>> 24) << 1);
      const e = 3 * TABLE + ((high & 0xff) << 1);
      const f = 2 * TABLE + (((high >>> 8) & 0xff) << 1);
      const g = TABLE + (((high >>> 16) & 0xff) << 1);
      const h = (high >>> 24) << 1;
      low = at(t, a) ^ at(t, b) ^ at(t, c) ^ at(t, d) ^ at(t, e) ^ at(t, f) ^ at(t, g) ^ at(t, h);
      high =
        at(t, a + 1) ^
        at(t, b + 1) ^
        at(t, c + 1) ^
        at(t, d + 1) ^
        at(t, e + 1) ^
        at(t, f + 1) ^
        at(t, g + 1) ^
        at(t, h + 1);
    }
    this.#low = low;
    this.#high = high;
  }

  #updateBytes(bytes: Uint8Array, start: number): void {
    for (let i = start; i < bytes.length; i++) {
      const entry = ((this.#low ^ byteAt(bytes, i)) & 0xff) << 1;
      this.#low = ((this.#low >>> 8) | (this.#high << 24)) ^ at(tables, entry);
      this.#high = (this.#high >>> 8) ^ at(tables, entry + 1);
    }
  }
}
