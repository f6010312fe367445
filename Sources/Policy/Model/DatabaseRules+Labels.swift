extension DatabaseRules {
  /// Whether a label speaks of the column: one that masks it, or one that declares it free.
  public func speaks(ofSchema schema: String, table: String, column: String, type: String) -> Bool {
    masks.contains { $0.matches(schema: schema, table: table, column: column, type: type) }
  }
}
