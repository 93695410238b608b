// One question a line, one answer a line: decodes XCM to plain fields, or encodes plain fields.
import { createInterface } from 'node:readline'
import { ApiPromise } from '@polkadot/api'
import { Metadata, TypeRegistry } from '@polkadot/types'
import metadata from '@polkadot/types-support/metadata/v15/asset-hub-polkadot-hex'

const registry = new TypeRegistry()
// In the file, an option and a length stand in front of what begins with the word `meta`.
registry.setMetadata(new Metadata(registry, `0x${metadata.slice(metadata.indexOf('6d657461'))}`))

// The types of the metadata by their Rust path.
const named = {}
for (const { id, type } of registry.metadata.lookup.types) {
  named[type.path.map(String).join('::')] ??= registry.createLookupType(id)
}

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())

// Whole numbers are told as text, since JSON of this language has no large ones.
function plain (value) {
  if (typeof value.type === 'string' && 'inner' in value) {
    return value.inner.toRawType() === 'Null' ? value.type : { [value.type]: plain(value.inner) }
  }
  if (value.isNone) return null
  if (value.isSome) return plain(value.unwrap())
  if (value instanceof Map) {
    const fields = [...value.entries()]
    if (fields.length === 1 && fields[0][0] === 'encoded') return plain(fields[0][1]) // a call
    return Object.fromEntries(fields.map(([name, field]) => [snake(name), plain(field)]))
  }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value.unwrap === 'function') return plain(value.unwrap()) // a compact number
  if (value instanceof Uint8Array) return value.toHex()
  if (value.toRawType() === 'bool') return value.isTrue
  return value.toBigInt().toString()
}

// The names of fields as this library wants them, and calls as structs again.
function theirs (fields) {
  if (Array.isArray(fields)) return fields.map(theirs)
  if (fields === null || typeof fields !== 'object') return fields
  return Object.fromEntries(Object.entries(fields).map(([name, field]) =>
    [camel(name), name === 'call' ? { encoded: field } : theirs(field)]))
}

console.log(JSON.stringify({ library: typeof ApiPromise.create, types: Object.keys(named).filter((name) => /Versioned/.test(name)) }))
for await (const line of createInterface({ input: process.stdin })) {
  const { type, bytes, fields } = JSON.parse(line)
  let answer
  try {
    const value = registry.createType(named[type], bytes ?? theirs(fields))
    answer = { fields: plain(value), bytes: value.toHex() }
  } catch (error) {
    answer = { error: String(error.message) }
  }
  console.log(JSON.stringify(answer))
}
