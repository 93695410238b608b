// Milliseconds of drand-client per verified beacon: reads {info, beacons} from the file named first, prints a number.
// The package does not export its verification, so it runs inside fetchBeacon with a chain client that serves from memory.
import { readFileSync } from "node:fs";
import { fetchBeacon } from "drand-client";

const { info, beacons } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const options = { disableBeaconVerification: false, noCache: false, chainVerificationParams: { chainHash: info.hash, publicKey: info.public_key } };
const byRound = new Map(beacons.map((beacon) => [beacon.round, beacon]));
const client = {
  options,
  chain: () => ({ baseUrl: "memory", info: async () => info }),
  get: async (round) => byRound.get(round),
  latest: async () => beacons.at(-1),
};

await fetchBeacon(client, beacons[0].round);
const times = [];
for (let turn = 0; turn < 5; turn++) {
  const started = process.cpuUsage();
  for (const beacon of beacons) await fetchBeacon(client, beacon.round);
  const used = process.cpuUsage(started);
  times.push((used.user + used.system) / 1000 / beacons.length);
}
console.log(times.sort((a, b) => a - b)[2]);
