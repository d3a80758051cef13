import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { Archive } from '../operations/archives/open-archive.js';
import { connectionTypes } from './connection.js';

/** The archives that can be listed. */
export enum ArchiveFormatType {
  ZIP = 'ZIP',
  TAR = 'TAR',
}

registerEnumType(ArchiveFormatType, {
  name: 'ArchiveFormat',
  description: 'The archives that can be listed.',
  valuesConfig: {
    ZIP: { description: 'A zip, with zip64.' },
    TAR: { description: 'A tar without compression: ustar, with the extensions of GNU and of pax.' },
  },
});

/** What an entry of an archive is. */
export enum ArchiveEntryKindType {
  FILE = 'FILE',
  DIRECTORY = 'DIRECTORY',
  SYMLINK = 'SYMLINK',
  OTHER = 'OTHER',
}

registerEnumType(ArchiveEntryKindType, {
  name: 'ArchiveEntryKind',
  description: 'What an entry of an archive is.',
  valuesConfig: {
    FILE: { description: 'A file.' },
    DIRECTORY: { description: 'A folder.' },
    SYMLINK: { description: 'A symbolic link.' },
    OTHER: { description: 'A hard link, a device, a pipe, or what is not known.' },
  },
});

/** One entry of an archive. */
@ObjectType('ArchiveEntry', { description: 'One entry of an archive, as the archive tells it.' })
export class ArchiveEntryType {
  @Field(() => String, {
    description: 'The path as it stands in the archive: it may be absolute or lead upwards. Check it before use.',
  })
  path!: string;

  @Field(() => GraphQLSafeInt, { description: 'The number of bytes when unpacked.' })
  size!: number;

  @Field(() => GraphQLSafeInt, { description: 'The number of bytes in the archive.' })
  compressedSize!: number;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When it was changed; null when the archive has no date. Times without a zone are taken for UTC.',
  })
  modifiedAt!: Date | null;

  @Field(() => ArchiveEntryKindType, { description: 'What it is.' })
  kind!: ArchiveEntryKindType;
}

/** The value behind an `Archive`: what was opened, and the version that it is, which its cursors are for. */
export interface ArchiveSource extends Archive {
  readonly versionRow: number;
}

/** An object as an archive. */
@ObjectType('Archive', { description: 'An object as an archive.' })
export class ArchiveType {
  @Field(() => ArchiveFormatType, { description: 'The format, by the first bytes.' })
  format!: ArchiveFormatType;
}

export const ArchiveEntryConnection = connectionTypes<ArchiveEntryType>('ArchiveEntry', {
  type: () => ArchiveEntryType,
  noun: 'entries',
});
