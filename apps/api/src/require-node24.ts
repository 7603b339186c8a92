// Imported first by every entry file: an older Node would crash in native code without a word.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `Tocsin a besoin de Node 24 ou plus récent\u00a0; celui-ci est ${process.version}. Lancez-le par npm («\u00a0npm start\u00a0»), qui apporte le sien.\n` +
      `Tocsin needs Node 24 or newer; this is ${process.version}. Start it through npm ("npm start"), which brings its own.\n`,
  );
  process.exit(1);
}
