import { join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Puts the modules behind the entries of a built package into few files below `out`: Node takes a third of a millisecond for
 * each that it loads, and an app that starts would load a hundred. Each entry keeps its place; what several of them use
 * becomes a file that all of them load, so no module is there twice; what is imported only when it is needed stays apart.
 * Other packages are not drawn in. Nothing is shortened, and comments name the file that each part comes from, so that stack
 * traces can be read. Rejects for whatever the bundler has to say.
 */
export async function bundle(
  built: string,
  entries: readonly string[],
  out: string,
): Promise<void> {
  const named = entries.map((entry) => [entry.replace(/\.js$/, ''), join(built, entry)]);
  await using bundled = await rolldown({
    input: Object.fromEntries(named),
    platform: 'node',
    external(id) {
      // What it would need for syntax that it rewrites; nobody who installs the package has that.
      if (id.startsWith('@oxc-project/')) throw new Error(`The bundle would import ${id}.`);
      return !/^[./]/.test(id);
    },
    onLog(_level, { message }) {
      throw new Error(message);
    },
  });
  await bundled.write({
    dir: out,
    entryFileNames: '[name].js',
    // Beside the entries, not below: some modules find files of their package from where they are.
    chunkFileNames: '[name]-[hash].js',
  });
}
