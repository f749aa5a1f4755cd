/** Offsets in the header of a 64-bit ELF file, and in an entry of its table of segments; see elf(5). */
const header = {
  segments: 0x20, sections: 0x28, segmentSize: 0x36, segmentCount: 0x38, sectionCount: 0x3c, sectionNames: 0x3e,
};
const segment = { offset: 0x08, size: 0x20 };

/** The magic number, 64 bits, little-endian: both architectures are that. */
const start = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);

/**
 * A program without its symbols, debugging information and table of sections: all of it stands behind the last segment,
 * and only segments are loaded. What is loaded stays the same to the byte. `strip` would need the binutils of the
 * target's architecture, from a package mirror that has another version every few months.
 */
export function withoutSymbols(program: Buffer): Buffer {
  if (!program.subarray(0, start.length).equals(start)) {
    const got = program.toString("hex", 0, start.length);
    throw new Error(`a program must be a 64-bit little-endian ELF file, got one that starts with ${got}`);
  }
  const table = numberAt(program, header.segments);
  const entrySize = program.readUInt16LE(header.segmentSize);
  const count = program.readUInt16LE(header.segmentCount);
  const entries = Array.from({ length: count }, (_, index) => table + index * entrySize);
  const ends = entries.map((at) => numberAt(program, at + segment.offset) + numberAt(program, at + segment.size));

  const loaded = Buffer.from(program.subarray(0, Math.max(table + count * entrySize, ...ends)));
  loaded.writeBigUInt64LE(0n, header.sections);
  loaded.writeUInt16LE(0, header.sectionCount);
  loaded.writeUInt16LE(0, header.sectionNames);
  return loaded;
}

function numberAt(program: Buffer, offset: number): number {
  return Number(program.readBigUInt64LE(offset));
}
