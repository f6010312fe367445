import IssuerAPI

/// What names of columns and types say.
enum ScanNames {
  /// The kind of thing that a column with this name holds; nil when the name says nothing.
  static func kind(column: String, table: String, type: String) -> ScanKind? {
    if let kind = kind(of: words(column), in: words(table)) { return kind }
    // A domain or type of the application's own, such as `email_address`.
    return kind(of: words(type.split(separator: ".").last.map(String.init) ?? type), in: [])
  }

  /// `customerEmail`, `customer_email` and `CUSTOMER-EMAIL` are `customer`, `email`.
  static func words(_ name: String) -> [String] {
    var words: [String] = []
    var word = ""
    var wasLower = false
    for character in name {
      let isWord = character.isLetter
      if !word.isEmpty, !isWord || (wasLower && character.isUppercase) {
        words.append(word)
        word = ""
      }
      if isWord { word += character.lowercased() }
      wasLower = character.isLowercase
    }
    return word.isEmpty ? words : words + [word]
  }

  private static func kind(of words: [String], in table: [String]) -> ScanKind? {
    let joined = words.joined(separator: "_")
    func has(_ any: String...) -> Bool { any.contains { words.contains($0) } }
    func says(_ any: String...) -> Bool { any.contains { joined == $0 || ("_" + joined + "_").contains("_" + $0 + "_") } }
    if words.isEmpty { return nil }
    if has("email", "emails", "mail", "emailaddress") || says("e_mail") { return .email }
    if has("password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "credential", "credentials")
      || says("api_key", "access_key", "private_key", "secret_key", "refresh_key", "session_key")
    {
      return .secret
    }
    if has("iban", "bban") || says("bank_account", "account_iban") { return .iban }
    if has("creditcard", "cardnumber", "ccnumber", "pan")
      || has("card", "cc") && (has("number", "no", "num", "nr", "pan") || words.count == 1 || words.count == 2 && has("credit"))
    {
      return .card
    }
    if has("ssn", "nino", "passport", "personnummer", "nif", "dni", "cpf", "taxid", "tin", "hetu", "pesel")
      || says(
        "social_security", "national_id", "national_number", "identity_number", "tax_id", "tax_number", "id_card",
        "driver_license")
    {
      return .nationalID
    }
    if has("phone", "phones", "telephone", "tel", "mobile", "cellphone", "fax", "msisdn", "phonenumber") { return .phone }
    if has("birthdate", "birthday", "dob", "dateofbirth", "born", "birth") { return .birthDate }
    if has("address", "addresses", "addr", "street", "postcode", "zip", "zipcode", "postalcode") || says("postal_code") {
      return .address
    }
    if has("firstname", "lastname", "surname", "fullname", "forename", "givenname", "familyname")
      || says("first_name", "last_name", "full_name", "given_name", "family_name", "middle_name", "maiden_name", "birth_name")
    {
      return .personName
    }
    let people = [
      "customer", "user", "person", "people", "employee", "staff", "contact", "member", "patient", "student", "client",
    ]
    let isOfPeople = table.contains { word in people.contains { word == $0 || word == $0 + "s" } }
    return joined == "name" && isOfPeople ? .personName : nil
  }
}
