import SQLAnalysis

/// The masked tables of Tests/SQLCases/translation.sql.
let shopShadows = ShadowMap(
  [
    ShadowMap.Table(
      schema: "public", table: "users", shadowSchema: "iss_m_1",
      columns: [
        ShadowMap.Column(name: "id", type: "integer", isMasked: false),
        ShadowMap.Column(name: "full_name", type: "text", isMasked: false),
        ShadowMap.Column(name: "email", type: "text", isMasked: true, isLookedUp: true),
        ShadowMap.Column(name: "born", type: "date", isMasked: true),
        ShadowMap.Column(name: "note", type: "text", isMasked: false),
        ShadowMap.Column(name: "extra", type: "json", isMasked: false, isGroupable: false),
      ], primaryKey: ["id"]),
    ShadowMap.Table(
      schema: "public", table: "payments", shadowSchema: "iss_m_1",
      columns: [
        ShadowMap.Column(name: "id", type: "bigint", isMasked: false),
        ShadowMap.Column(name: "line", type: "integer", isMasked: false),
        ShadowMap.Column(name: "iban", type: "character varying(34)", isMasked: true),
        ShadowMap.Column(name: "total", type: "numeric", isMasked: false, isGenerated: true),
      ], primaryKey: ["id", "line"]),
    ShadowMap.Table(
      schema: "public", table: "badges", shadowSchema: "iss_m_1",
      columns: [
        ShadowMap.Column(name: "number", type: "text", isMasked: true, number: 1),
        ShadowMap.Column(name: "holder", type: "text", isMasked: false, number: 2),
        ShadowMap.Column(name: "seal", type: "public.seal", isMasked: true, number: 4),
      ], primaryKey: ["number"], oid: 77),
  ], unmaskedSameNames: [ShadowMap.Name(schema: "app", name: "users")])
