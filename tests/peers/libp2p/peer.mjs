// A gossip peer of libp2p for JavaScript, under the tests' control: a question a line on stdin, JSON lines on stdout.
import { createInterface } from 'node:readline'

// Node.js has it from version 22 on, and libp2p uses it
Promise.withResolvers ??= () => {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}
const { gossipsub } = await import('@libp2p/gossipsub')
const { identify } = await import('@libp2p/identify')
const { noise } = await import('@libp2p/noise')
const { tcp } = await import('@libp2p/tcp')
const { yamux } = await import('@libp2p/yamux')
const { multiaddr } = await import('@multiformats/multiaddr')
const { blake2b } = await import('@noble/hashes/blake2.js')
const { createLibp2p } = await import('libp2p')

const { topic, protocols } = JSON.parse(process.argv[2])
const say = (value) => process.stdout.write(JSON.stringify(value) + '\n')
const hex = (bytes) => Buffer.from(bytes).toString('hex')

const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: {
    identify: identify(),
    pubsub: (components) => {
      const service = gossipsub({
        // drand's rule for the IDs of messages
        msgIdFn: (message) => blake2b(message.data, { dkLen: 32 }),
        globalSignaturePolicy: 'StrictSign',
        allowPublishToZeroTopicPeers: true,
        fallbackToFloodsub: false
      })(components)
      service.protocols = protocols
      return service
    }
  }
})

const { pubsub } = node.services
pubsub.addEventListener('message', ({ detail }) => {
  if (detail.topic !== topic) return
  const { type, from, sequenceNumber, data } = detail
  say({ message: hex(data), type, from: from?.toString(), seqno: sequenceNumber?.toString() })
})
for (const event of ['gossipsub:graft', 'gossipsub:prune']) {
  pubsub.addEventListener(event, ({ detail }) => say({ [event.split(':')[1]]: detail.peerId.toString(), topic: detail.topic }))
}
pubsub.subscribe(topic)
say({ peer: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) })

for await (const line of createInterface({ input: process.stdin })) {
  const [command, argument] = JSON.parse(line)
  try {
    if (command === 'connect') {
      const connection = await node.dial(multiaddr(argument))
      say({ connected: connection.remotePeer.toString(), encryption: connection.encryption, muxer: connection.multiplexer })
    } else if (command === 'publish') {
      const { recipients } = await pubsub.publish(topic, Buffer.from(argument, 'hex'))
      say({ published: recipients.map(String) })
    } else if (command === 'mesh') {
      say({ mesh: pubsub.getMeshPeers(topic), subscribers: pubsub.getSubscribers(topic).map(String) })
    }
  } catch (error) {
    say({ error: String(error) })
  }
}
await node.stop()
