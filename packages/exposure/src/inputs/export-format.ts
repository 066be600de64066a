import type { InputRecords } from './dns-record.ts';
import type { JsonObject } from './json-shape.ts';

/** One file of an export: the objects of its array, its lines or its YAML documents, or the one object that it is. */
export interface ExportFile {
  readonly file: string;
  readonly objects: readonly JsonObject[];
  /** The zone that the caller or the name of the file states; null where neither does. */
  readonly origin: string | null;
}

/** One tool's way to write DNS, told by its shape. */
export interface ExportFormat {
  /** As people know it. */
  readonly name: string;
  readonly matches: (objects: readonly JsonObject[]) => boolean;
  /** Several files at once: some tools write pages. */
  readonly read: (files: readonly ExportFile[]) => InputRecords;
}
