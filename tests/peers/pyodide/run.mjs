// Runs the Python program in argv[2] in a Python of the browser; argv[3] says as JSON what it may import: {name: path}.
import { readFileSync, statSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [program, importable] = process.argv.slice(2);
const python = await loadPyodide();
python.FS.mkdirTree("/site");
for (const [name, path] of Object.entries(JSON.parse(importable))) {
  python.FS.mkdirTree(`/site/${name}`);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: path }, `/site/${name}`);
}
python.runPython("import sys; sys.dont_write_bytecode = True; sys.path.insert(0, '/site')");
await python.runPythonAsync(readFileSync(program, "utf8"));
