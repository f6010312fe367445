import Policy
import PostgresWire
import SQLAnalysis

/// What unqualified names mean in a masked session, as far as it is known: asked of the server by a hidden query when a statement
/// needs it, and unknown again after anything that may have changed it.
struct PathTracker {
  /// The path as the server told it, and the map for it; nil while not known.
  var known: (path: SearchPath, map: ShadowMap)? { told.map { ($0.path, $0.map) } }
  private var told: Told?
  private var changedInTransaction = false
  private let masked: Masked
  private var tables: [MaskedTable] { masked.tables }
  private var shadows: [ShadowMap.Table] { masked.shadows }
  /// For texts whose names cannot be resolved: only qualified ones are translated.
  var mapWithoutPath: ShadowMap { masked.mapWithoutPath }

  private final class Told {
    let path: SearchPath
    let map: ShadowMap

    init(_ path: SearchPath, _ map: ShadowMap) {
      self.path = path
      self.map = map
    }
  }

  /// Never changes: the trackers of all sessions of a policy share it.
  private final class Masked {
    let tables: [MaskedTable]
    let shadows: [ShadowMap.Table]
    let mapWithoutPath: ShadowMap

    init(_ tables: [MaskedTable]) {
      self.tables = tables
      shadows = tables.map { ShadowMap.Table($0) }
      mapWithoutPath = ShadowMap(shadows)
    }
  }

  init(_ tables: [MaskedTable]) { masked = Masked(tables) }

  /// A statement is on its way.
  mutating func approved(_ entry: StatementEntry) {
    if entry.mayChangeSearchPath {
      told = nil
      changedInTransaction = true
    }
    if entry.endsTransaction, changedInTransaction {
      told = nil
      changedInTransaction = false
    }
  }

  /// Schemas of the path in order; the session's temporary relations and other schemas' relations that bear a masked table's name.
  /// Every name is qualified, so that nothing on the path can answer in their place.
  func question(id: UInt64) -> HiddenQuery {
    let names = Set(tables.map(\.table)).sorted().map(Self.literal).joined(separator: ",")
    return HiddenQuery(
      id: id,
      sql: """
        SELECT 's' AS kind, s.name::pg_catalog.text AS name, ''::pg_catalog.text AS schema, s.number \
        FROM pg_catalog.unnest(pg_catalog.current_schemas(true)) WITH ORDINALITY AS s(name, number) \
        UNION ALL \
        SELECT CASE WHEN c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema() THEN 't' ELSE 'r' END, \
        c.relname::pg_catalog.text, n.nspname::pg_catalog.text, 0 \
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
        WHERE c.relname OPERATOR(pg_catalog.=) ANY (ARRAY[\(names)]::pg_catalog.name[]) \
        AND c.relkind OPERATOR(pg_catalog.<>) ALL ('{i,I,t,c}'::pg_catalog."char"[]) \
        AND (c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema() \
        OR n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(true))) ORDER BY 4
        """)
  }

  /// The answer to `question`; nil leaves the path unknown.
  mutating func answered(_ rows: [[[UInt8]?]]?) {
    guard let rows else {
      told = nil
      return
    }
    var path = SearchPath(schemas: [])
    var sameNames: Set<ShadowMap.Name> = []
    let masked = Set(tables.map { ShadowMap.Name(schema: $0.schema, name: $0.table) })
    for row in rows where row.count >= 3 {
      let cells = row.map { $0.map { String(decoding: $0, as: UTF8.self) } ?? "" }
      switch cells[0] {
      case "s": path.schemas?.append(cells[1])
      case "t": path.temporaryRelations.insert(cells[1])
      default:
        let name = ShadowMap.Name(schema: cells[2], name: cells[1])
        if !masked.contains(name) { sameNames.insert(name) }
      }
    }
    told = Told(path, ShadowMap(shadows, unmaskedSameNames: sameNames))
  }

  /// A literal whatever `standard_conforming_strings` says.
  private static func literal(_ text: String) -> String {
    let escaped = text.reduce(into: "") { result, character in
      if character == "'" || character == "\\" { result.append(character) }
      result.append(character)
    }
    return "E'\(escaped)'"
  }
}
