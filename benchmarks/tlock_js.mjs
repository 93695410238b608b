// Milliseconds of tlock-js per file: reads {info, beacon, text, files} from the file named first, prints JSON.
// The network is in memory. `decrypt` verifies the beacon of the round, as the library always does; for `opening` that is
// switched off, so that what is left is the work on the file.
import { readFileSync } from "node:fs";
import { timelockDecrypt, timelockEncrypt } from "tlock-js";

const { info, beacon, text, files } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const network = (disableBeaconVerification) => ({
  options: { disableBeaconVerification, noCache: true },
  chain: () => ({ baseUrl: "memory", info: async () => info }),
  get: async () => beacon,
  latest: async () => beacon,
});
const plaintext = Buffer.from(text);
const verifying = network(false);
const trusting = network(true);
const jobs = {
  encrypt: () => timelockEncrypt(beacon.round, plaintext, verifying),
  decrypt: (file) => timelockDecrypt(file, verifying),
  opening: (file) => timelockDecrypt(file, trusting),
};

// the library logs each beacon that it gets
console.log = () => {};
const times = Object.fromEntries(Object.keys(jobs).map((name) => [name, []]));
for (const job of Object.values(jobs)) await job(files[0]);
for (let turn = 0; turn < 5; turn++) {
  for (const [name, job] of Object.entries(jobs)) {
    const started = process.cpuUsage();
    for (const file of files) await job(file);
    const used = process.cpuUsage(started);
    times[name].push((used.user + used.system) / 1000 / files.length);
  }
}
const medians = Object.entries(times).map(([name, values]) => [name, values.sort((a, b) => a - b)[2]]);
process.stdout.write(JSON.stringify(Object.fromEntries(medians)));
