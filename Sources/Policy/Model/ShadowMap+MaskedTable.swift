import SQLAnalysis

extension ShadowMap.Table {
  /// What translation needs to know of a masked table.
  public init(_ table: MaskedTable) {
    self.init(
      schema: table.schema, table: table.table, shadowSchema: table.shadowSchema,
      columns: table.columns.map {
        ShadowMap.Column(
          name: $0.name, type: $0.type, isMasked: $0.mask != nil, isLookedUp: $0.mask != nil && $0.lookup != nil,
          isGroupable: $0.groupable ?? true, number: $0.number)
      }, primaryKey: table.primaryKey, oid: table.tableOID)
  }
}
