/// What a statement does, as guardrails name it. One statement can bear several classes: `EXPLAIN ANALYZE DELETE FROM t` is
/// `explain`, `delete` and `delete_without_where`. Raw values are the words of the policy file and of the audit log.
public enum StatementClass: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  // Reading and writing rows.
  case select, insert, update, delete, merge, truncate
  /// `UPDATE` or `DELETE` whose WHERE is missing or is a constant that holds for every row.
  case updateWithoutWhere = "update_without_where"
  case deleteWithoutWhere = "delete_without_where"
  /// `COPY t FROM STDIN` / `COPY t TO STDOUT`.
  case copyIn = "copy_in"
  case copyOut = "copy_out"
  /// `COPY` from or to a file, or a program, of the server.
  case copyFile = "copy_file"
  case copyProgram = "copy_program"
  /// `SELECT INTO` and `CREATE TABLE AS`.
  case createTableAs = "create_table_as"
  /// `SELECT ... FOR UPDATE / SHARE`, and `LOCK TABLE`.
  case rowLock = "row_lock"
  case lockTable = "lock_table"

  // Definitions. Every statement of this group bears `ddl` besides its own class.
  case ddl
  case create, alter, drop
  case dropDatabase = "drop_database"
  case dropTable = "drop_table"
  case dropSchema = "drop_schema"
  case createTemp = "create_temp"
  case createFunction = "create_function"
  case createTrigger = "create_trigger"
  case createExtension = "create_extension"
  case foreignServer = "foreign_server"
  case eventTrigger = "event_trigger"
  case comment
  case securityLabel = "security_label"

  // Rights.
  /// CREATE, ALTER and DROP of roles, `ALTER ROLE ... SET`, REASSIGN OWNED and DROP OWNED.
  case role
  case grant
  /// `SET ROLE`, `SET SESSION AUTHORIZATION`, and their RESETs.
  case setRole = "set_role"
  case alterSystem = "alter_system"
  case alterDatabase = "alter_database"

  // Code.
  case `do`, call, load

  // The session.
  case set, reset, show, discard
  /// SET of `standard_conforming_strings`, `client_encoding` or `backslash_quote`: they change how a text is read.
  case setLexical = "set_lexical"
  case transaction
  /// `PREPARE TRANSACTION`, `COMMIT PREPARED`, `ROLLBACK PREPARED`.
  case twoPhase = "two_phase"
  case prepare, execute, deallocate
  case cursor
  case explain
  case listen, notify

  // Housekeeping: VACUUM, ANALYZE, CLUSTER, REINDEX, CHECKPOINT, REFRESH MATERIALIZED VIEW.
  case maintenance

  /// An empty statement.
  case empty
  /// A node that this version does not know. Guardrails refuse it unless policy says otherwise.
  case unknown

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
