import Testing

@testable import SQLAnalysis

@Suite struct SyntaxScanTests {
  private func tree(_ json: String) throws -> SyntaxTree { try SyntaxScan.tree(Array(json.utf8)) }

  @Test(arguments: [
    #"{"NewStmt":{"a":1}}"#, #"{"SelectStmt":{"targetList":[{"NewExpr":{"location":3}}]}}"#, #"{"ResTarget":{}}"#,
    #"{"ExplainStmt":{"query":{"NewStmt":{}}}}"#, #"{"Query":{}}"#,
    #"{"MergeStmt":{"mergeWhenClauses":[{"MergeWhenClause":{"commandType":"CMD_NEW"}}]}}"#,
  ])
  func `a node that is not known makes the statement unknown`(json: String) throws {
    #expect(ClassPass.classes(try tree(json), 0).contains(.unknown))
  }

  @Test func `the parser's output cut off anywhere is an error, not a crash`() throws {
    let texts = [
      "WITH a AS (SELECT 'x<\"\\', E'\\x01', 1.5, -3, NULL, true) DELETE FROM \"q\"\"\".b USING a WHERE a.b[1] = $1 RETURNING *",
      "COPY t (a) FROM STDIN WITH (FORMAT csv)",
    ]
    for text in texts {
      let json = try Parser.json(Array(text.utf8))
      #expect(throws: Never.self) { try SyntaxScan.tree(json) }
      for length in 0..<(json.count - 1) {
        #expect(throws: ParseFailure.self) { try SyntaxScan.tree(Array(json[..<length])) }
      }
    }
  }

  @Test func `texts come back as they were written`() throws {
    let value = "a\"b\\c/<>\n\t\r\u{8}\u{c}\u{1}é日'"
    let json = try Parser.json(Array("SELECT '\(value.replacing("'", with: "''"))'".utf8))
    let tree = try SyntaxScan.tree(json)
    let texts = tree.nodes.indices.filter { tree.nodes[$0].field == .sval && tree.nodes[$0].kind == .text }.compactMap(tree.text)
    #expect(texts == [value])
  }

  @Test func `subtrees are ranges that nest`() throws {
    let tree = try SyntaxScan.tree(try Parser.json(Array("SELECT a, (SELECT b FROM c) FROM d JOIN e ON true".utf8)))
    for (index, node) in tree.nodes.enumerated() where index > 0 {
      #expect(node.parent < index)
      #expect(node.end <= tree.nodes[Int(node.parent)].end)
      #expect(Int(node.end) > index)
    }
    #expect(Int(tree.nodes[0].end) == tree.nodes.count)
  }

  @Test(arguments: [
    ("users", 1, 5), ("a . b /* . */ . \"c.\"\"d\" x", 3, 23), ("U&\"d!0061\" UESCAPE '!' . b", 2, 26), ("a.*", 1, 3),
    ("a -- .b\n.c", 2, 10), ("\"a\".b[1]", 2, 5), ("é1$.b", 2, 6),
  ])
  func `names are measured in the text`(text: String, parts: Int, end: Int) {
    let name = NameScanner(Array(text.utf8), at: 0)
    #expect(name.parts.count == parts)
    #expect(name.end == end)
  }
}
