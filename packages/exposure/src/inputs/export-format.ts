import type { InputRecords } from './dns-record.ts';
import { type ExportReading, readExport } from './export-records.ts';
import type { JsonObject } from './json-shape.ts';
import { mergeInputs } from './merge-inputs.ts';

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
  /** Reads one file of it. `files`: all of them, for some tools write pages. */
  readonly read: (reading: ExportReading, file: ExportFile, files: readonly ExportFile[]) => void;
  /** It lists hosts that somebody found: of zones its names say nothing. */
  readonly hostsOnly?: true;
}

/** Everything that the files of one export say. */
export function readExports(format: ExportFormat, files: readonly ExportFile[]): InputRecords {
  return mergeInputs(
    files.map((file) => {
      const reading = readExport(file.file);
      format.read(reading, file, files);
      const read = reading.done();
      return format.hostsOnly ? { ...read, zones: [] } : read;
    }),
  );
}
