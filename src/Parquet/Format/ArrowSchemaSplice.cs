using System.Buffers.Binary;
using System.Text;
using Google.FlatBuffers;

namespace FineWebTorch.Parquet.Format;

/// <summary>
/// Writes the Arrow schema of a file that has other columns as well. The old message is kept whole behind a new head
/// that points into it, so every field of it stays byte for byte what it was, whatever its type.
/// </summary>
/// <remarks>
/// https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc, Schema.fbs
/// </remarks>
internal static class ArrowSchemaSplice
{
    private const short DoublePrecision = 2;

    /// <param name="columns">For each column its field in the old schema, or the name and kind of a new one.</param>
    /// <returns>The metadata's value.</returns>
    public static byte[] Build(ArrowSchemaMessage old, IReadOnlyList<(int? Field, string Name, ArrowKind Kind)> columns)
    {
        // FlatBuffers are built from their end, and positions in them are counted from there.
        var builder = new FlatBufferBuilder(old.Message.Length + 1024);
        builder.Prep(sizeof(long), old.Message.Length);
        builder.Put(old.Message);
        var end = builder.Offset;
        int Old(int position) => end - position;

        var fields = columns
            .Select(column => column.Field is { } field ? Old(old.Fields[field].Position) : Field(builder, column))
            .ToList();
        builder.StartVector(sizeof(int), fields.Count, sizeof(int));
        for (var i = fields.Count - 1; i >= 0; i--)
            builder.AddOffset(fields[i]);
        var vector = builder.EndVector().Value;

        builder.StartTable(4);
        builder.AddShort(0, old.Schema.Int16(0), 0);
        builder.AddOffset(1, vector, 0);
        if (old.Schema.Vector(2) is { } metadata)
            builder.AddOffset(2, Old(metadata), 0);
        if (old.Schema.Vector(3) is { } features)
            builder.AddOffset(3, Old(features), 0);
        var schema = builder.EndTable();

        builder.StartTable(5);
        builder.AddShort(0, old.Header.Int16(0), 0);
        builder.AddByte(1, ArrowSchemaMessage.SchemaHeader, 0);
        builder.AddOffset(2, schema, 0);
        builder.Finish(builder.EndTable());
        return Encapsulate(builder.SizedByteArray());
    }

    // Field: name, nullable, type and its kind, children; a vector without children is demanded by readers.
    private static int Field(FlatBufferBuilder builder, (int? Field, string Name, ArrowKind Kind) column)
    {
        var name = builder.CreateString(column.Name).Value;
        builder.StartTable(2);
        if (column.Kind == ArrowKind.FloatingPoint)
        {
            builder.AddShort(0, DoublePrecision, 0);
        }
        else
        {
            builder.AddInt(0, 64, 0);
            builder.AddBool(1, true, false);
        }
        var type = builder.EndTable();
        builder.StartVector(sizeof(int), 0, sizeof(int));
        var children = builder.EndVector().Value;
        builder.StartTable(7);
        builder.AddOffset(0, name, 0);
        builder.AddBool(1, true, false);
        builder.AddByte(2, (byte)column.Kind, 0);
        builder.AddOffset(3, type, 0);
        builder.AddOffset(5, children, 0);
        return builder.EndTable();
    }

    private static byte[] Encapsulate(byte[] message)
    {
        var padded = (message.Length + 7) & ~7;
        var bytes = new byte[8 + padded];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, ArrowSchemaMessage.Continuation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), padded);
        message.CopyTo(bytes, 8);
        return Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes));
    }
}
