import Glibc

/// The host's user and group database. The only caller of getpwuid_r and its kin.
public enum UnixUser {
  /// The name of a user; nil when there is none.
  public static func name(uid: UInt32) -> String? {
    unsafe withEntry { record, buffer, result in
      unsafe getpwuid_r(uid, record, buffer.baseAddress!, buffer.count, result)
    } read: {
      unsafe String(cString: $0.pw_name)
    }
  }

  public static func uid(named name: String) -> UInt32? {
    unsafe withEntry { record, buffer, result in
      unsafe getpwnam_r(name, record, buffer.baseAddress!, buffer.count, result)
    } read: {
      unsafe $0.pw_uid
    }
  }

  /// The number of a group; nil when there is none.
  public static func gid(groupNamed name: String) -> UInt32? {
    var buffer = [CChar](repeating: 0, count: 65_536)
    var record = unsafe group()
    var result: UnsafeMutablePointer<group>?
    guard unsafe getgrnam_r(name, &record, &buffer, buffer.count, &result) == 0, unsafe result != nil else { return nil }
    return unsafe record.gr_gid
  }

  private static func withEntry<Value>(
    _ look: (
      UnsafeMutablePointer<passwd>, UnsafeMutableBufferPointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32, read: (passwd) -> Value
  ) -> Value? {
    var record = unsafe passwd()
    var result: UnsafeMutablePointer<passwd>?
    var storage = [CChar](repeating: 0, count: 16_384)
    return unsafe storage.withUnsafeMutableBufferPointer { buffer in
      guard unsafe look(&record, buffer, &result) == 0, unsafe result != nil else { return nil }
      return unsafe read(record)
    }
  }
}
