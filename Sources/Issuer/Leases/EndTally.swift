/// What ending a number of leases came to.
struct EndTally: Sendable, Equatable {
  var disabled = 0
  var evictedBackends = 0
  var cleanedDatabases = 0
  var dropped = 0

  static func += (left: inout EndTally, right: EndTally) {
    left.disabled += right.disabled
    left.evictedBackends += right.evictedBackends
    left.cleanedDatabases += right.cleanedDatabases
    left.dropped += right.dropped
  }
}
