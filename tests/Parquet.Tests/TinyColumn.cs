using System.Buffers.Binary;
using System.Text;

namespace FineWebTorch.Parquet.Tests;

/// <summary>A flat column of a <see cref="TinyParquet"/> file; numbers as in parquet.thrift.</summary>
/// <param name="Name">Any bytes.</param>
/// <param name="PhysicalType">0 boolean, 1 int32, 2 int64, 3 int96, 6 byte array, 7 fixed-length byte array.</param>
/// <param name="Values">Each as PLAIN encoding has it; null for NULL.</param>
internal sealed record TinyColumn(byte[] Name, int PhysicalType, IReadOnlyList<byte[]?> Values)
{
    public bool IsRequired { get; init; }

    public int? Length { get; init; }

    public int? ConvertedType { get; init; }

    public int? Scale { get; init; }

    public int? Precision { get; init; }

    /// <summary>Writes the one field of the LogicalType union.</summary>
    public Action<ThriftWriter>? LogicalType { get; init; }

    public static TinyColumn Text(string name, params string?[] values)
        => Utf8(name, [.. values.Select(value => value is null ? null : Encoding.UTF8.GetBytes(value))]);

    public static TinyColumn Utf8(string name, params byte[]?[] values)
        => new(Encoding.UTF8.GetBytes(name), 6, [.. values.Select(Prefixed)]) { ConvertedType = 0 };

    public static TinyColumn Binary(string name, params byte[]?[] values)
        => new(Encoding.UTF8.GetBytes(name), 6, [.. values.Select(Prefixed)]);

    public static TinyColumn Fixed(string name, int length, params byte[]?[] values)
        => new(Encoding.UTF8.GetBytes(name), 7, values) { Length = length };

    public static TinyColumn Int32(string name, params int?[] values)
        => new(Encoding.UTF8.GetBytes(name), 1, [.. values.Select(v => v is { } n ? BitConverter.GetBytes(n) : null)]);

    public static TinyColumn Int64(string name, params long?[] values)
        => new(Encoding.UTF8.GetBytes(name), 2, [.. values.Select(v => v is { } n ? BitConverter.GetBytes(n) : null)]);

    private static byte[]? Prefixed(byte[]? value)
    {
        if (value is null)
            return null;
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, value.Length);
        return [.. length, .. value];
    }
}
