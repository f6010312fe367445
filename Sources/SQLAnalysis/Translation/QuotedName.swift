/// Writes an identifier as SQL, always quoted: it reads back as itself whatever it holds and whatever words become reserved.
func quotedName(_ name: String) -> String {
  var quoted = "\""
  for character in name.unicodeScalars {
    if character == "\"" { quoted.unicodeScalars.append("\"") }
    quoted.unicodeScalars.append(character)
  }
  return quoted + "\""
}
