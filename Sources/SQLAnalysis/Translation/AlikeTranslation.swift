/// What is known of a text, said of another that differs from it in constants alone.
///
/// The translation of a single statement cuts and puts in at places that the parser gives, by names; the value of a constant that is free
/// (`ParsedText.freeConstants`) takes part in two things only: look-ups, which whoever asks for them leaves out here, and what is
/// written into masked columns (`MaskedAssignment`), where the other text's value takes the place. So all the rest is moved by as many
/// bytes as the constants before it became longer or shorter.
extension Translation {
  /// The translation of another text, as translating it anew gives it.
  ///
  /// - Parameters:
  ///   - text: the other text, with the same bytes between constants of the same kinds, and the same values where they are not free.
  ///   - constants: of the text that was translated.
  ///   - others: those of the other text.
  /// - Returns: nil where an edit touches a constant that differs: the text has to be translated itself.
  public func moved(
    to text: [UInt8], from constants: [TextConstants.Constant], to others: [TextConstants.Constant]
  ) -> Translation? {
    let move = ConstantMove(from: original, constants, to: text, others)
    var edits = edits
    for index in edits.indices {
      guard let place = move.range(edits[index].offset..<(edits[index].offset + edits[index].removed)) else { return nil }
      edits[index].offset = place.lowerBound
    }
    var assignments = assignments
    for index in assignments.indices {
      let offset = assignments[index].offset
      guard let place = move.offset(offset) else { return nil }
      assignments[index].offset = place
      guard case .constant = assignments[index].value, let constant = move.constant(at: offset) else { continue }
      guard let value = move.string(constant) else { return nil }
      assignments[index].value = .constant(value)
    }
    guard let refusals = move.refusals(refusals), let hints = move.refusals(hints) else { return nil }
    return Translation(
      text: Self.applying(edits, to: text), edits: edits, maskedTables: maskedTables, maskedColumns: maskedColumns,
      assignments: assignments, copiesIn: copiesIn, refusals: refusals, hints: hints, original: text)
  }

  /// A text with edits made, which are in its order and do not overlap.
  static func applying(_ edits: [Edit], to original: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(original.count + edits.reduce(0) { $0 + $1.inserted.utf8.count })
    var done = 0
    for edit in edits {
      text += original[done..<edit.offset]
      text += edit.inserted.utf8
      done = edit.offset + edit.removed
    }
    text += original[done...]
    return text
  }
}

/// Where the places of a text are in another that is alike.
private struct ConstantMove {
  private let original: [UInt8]
  private let text: [UInt8]
  private let constants: [TextConstants.Constant]
  private let others: [TextConstants.Constant]

  init(
    from original: [UInt8], _ constants: [TextConstants.Constant], to text: [UInt8], _ others: [TextConstants.Constant]
  ) {
    precondition(constants.count == others.count)
    self.original = original
    self.text = text
    self.constants = constants
    self.others = others
  }

  private func isSame(_ index: Int) -> Bool {
    let (old, new) = (constants[index].range, others[index].range)
    return old.count == new.count && original[old].elementsEqual(text[new])
  }

  /// Nil within a constant that differs.
  func offset(_ offset: Int) -> Int? {
    // Between two constants all bytes are moved alike: by those of the last one before.
    var (low, high) = (0, constants.count)
    while low < high {
      let middle = (low + high) / 2
      if constants[middle].range.lowerBound < offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return offset }
    let (old, new) = (constants[low - 1].range, others[low - 1].range)
    guard offset < old.upperBound else { return offset - old.upperBound + new.upperBound }
    return isSame(low - 1) ? offset - old.lowerBound + new.lowerBound : nil
  }

  /// Nil for one that holds a part of a constant that differs.
  func range(_ range: Range<Int>) -> Range<Int>? {
    guard let start = offset(range.lowerBound), let end = offset(range.upperBound), end >= start else { return nil }
    if range.isEmpty { return start..<end }
    for index in constants.indices where constants[index].range.overlaps(range) && !isSame(index) { return nil }
    return start..<end
  }

  /// The constant that begins there, if it differs.
  func constant(at offset: Int) -> Int? {
    constants.firstIndex { $0.range.lowerBound == offset }.flatMap { isSame($0) ? nil : $0 }
  }

  /// The value of a string in the other text; nil for one that goes on behind a line's end.
  func string(_ constant: Int) -> String? {
    let quote = UInt8(ascii: "'")
    let range = others[constant].range
    guard others[constant].kind == .string,
      LexicalSkip.at(text.span, LexicalSkip.blanks(text.span, from: range.upperBound)) != quote
    else { return nil }
    var value: [UInt8] = []
    var position = range.lowerBound + 1
    while position < range.upperBound - 1 {
      value.append(text[position])
      position += text[position] == quote ? 2 : 1
    }
    return String(decoding: value, as: UTF8.self)
  }

  func refusals(_ refusals: [TranslationRefusal]) -> [TranslationRefusal]? {
    var moved = refusals
    for index in moved.indices {
      guard let place = offset(moved[index].offset) else { return nil }
      moved[index].offset = place
    }
    return moved
  }
}
