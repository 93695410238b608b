// tlock-js with a network that is given in each question, and no other: reads one question a line from stdin and answers
// each with a line of JSON, {value} or {error}. Plaintexts and files come and go as base64.
import { createInterface } from "node:readline";
import { timelockDecrypt, timelockEncrypt } from "tlock-js";

const say = (answer) => process.stdout.write(JSON.stringify(answer) + "\n");
// the library logs each beacon that it gets
console.log = console.error;

// What the library asks of a network: its chain's info and one beacon, which the library verifies.
const network = ({ info, beacon }) => ({
  options: { disableBeaconVerification: false, noCache: true },
  chain: () => ({ baseUrl: "memory", info: async () => info }),
  get: async () => beacon,
  latest: async () => beacon,
});

const asked = {
  encrypt: async (question) => {
    const armored = await timelockEncrypt(question.round, Buffer.from(question.plaintext, "base64"), network(question));
    return Buffer.from(armored, "latin1").toString("base64");
  },
  decrypt: async (question) => {
    const file = Buffer.from(question.file, "base64").toString("latin1");
    return (await timelockDecrypt(file, network(question))).toString("base64");
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  try {
    say({ value: await asked[question.do](question) });
  } catch (error) {
    say({ error: String(error) });
  }
}
