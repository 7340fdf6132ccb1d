// Seals or opens standard input with npm's age-encryption: node typage.mjs PACKAGE seal|open|recipient key|passphrase SECRET
import { buffer } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const [library, deed, kind, secret] = process.argv.slice(2);
const age = await import(pathToFileURL(library).href);
const input = new Uint8Array(await buffer(process.stdin));
let output;
if (deed === "recipient") {
  output = await age.identityToRecipient(secret);
} else if (deed === "seal") {
  const encrypter = new age.Encrypter();
  if (kind === "passphrase") {
    encrypter.setPassphrase(secret);
    encrypter.setScryptWorkFactor(12);
  } else {
    encrypter.addRecipient(await age.identityToRecipient(secret));
  }
  output = await encrypter.encrypt(input);
} else {
  const decrypter = new age.Decrypter();
  if (kind === "passphrase") decrypter.addPassphrase(secret);
  else decrypter.addIdentity(secret);
  output = await decrypter.decrypt(input);
}
process.stdout.write(output);
