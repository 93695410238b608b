// drand-client against a relay, unmodified and with its verification on: takes {address, hash, publicKey} as its
// argument, then reads one question a line from stdin and answers each with a line of JSON: {value} or {error}.
import { createInterface } from "node:readline";
import { fetchBeacon, fetchBeaconByTime, HttpCachingChain, HttpChainClient, MultiBeaconNode, watch } from "drand-client";

const { address, hash, publicKey } = JSON.parse(process.argv[2]);
const options = {
  disableBeaconVerification: false,
  noCache: false,
  chainVerificationParams: { chainHash: hash, publicKey },
};
const client = new HttpChainClient(new HttpCachingChain(`${address}/${hash}`, options), options);
const node = new MultiBeaconNode(address, options);

const say = (answer) => console.log(JSON.stringify(answer));
const asked = {
  info: () => client.chain().info(),
  chains: async () => Promise.all((await node.chains()).map((chain) => chain.info())),
  health: () => node.health(),
  latest: () => fetchBeacon(client),
  newest: () => client.latest(),
  round: (round) => fetchBeacon(client, round),
  time: (milliseconds) => fetchBeaconByTime(client, milliseconds),
  watch: async (count) => {
    const stop = new AbortController();
    const seen = [];
    for await (const beacon of watch(client, stop)) {
      if (seen.push(beacon) === count) stop.abort();
    }
    return seen;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, argument] = JSON.parse(line);
  try {
    say({ value: await asked[name](argument) });
  } catch (error) {
    say({ error: String(error) });
  }
}
