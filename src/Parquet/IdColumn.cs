using System.Globalization;
using FineWebTorch.Parquet.Format;
using ParquetSharp;
using Encoding = System.Text.Encoding;

namespace FineWebTorch.Parquet;

/// <summary>The ids of some rows as text: integers in decimal, UUIDs as they are usually written.</summary>
internal abstract class IdColumn : IDisposable
{
    /// <summary>Strings, integers and UUIDs; see <see cref="ColumnChecks.RequireId"/>.</summary>
    public static IdColumn Open(ParquetFileReader reader, ParquetFileInfo file, Leaf leaf, PageHeaders pages)
    {
        var isSigned = leaf.Element.Meaning != Meaning.Integer || leaf.Element.IsSigned;
        return leaf.Element.Storage switch
        {
            StorageType.Int32 => new StoredIds<int>(
                reader, file, leaf, pages, value => isSigned ? Text(value) : Text((uint)value)),
            StorageType.Int64 => new StoredIds<long>(
                reader, file, leaf, pages, value => isSigned ? Text(value) : Text((ulong)value)),
            StorageType.FixedLenByteArray => new StoredIds<FixedLenByteArray>(reader, file, leaf, pages, Uuid),
            _ => new StoredIds<ByteArray>(reader, file, leaf, pages, Utf8),
        };
    }

    /// <summary>Goes to a row.</summary>
    public abstract void Seek(long row);

    /// <summary>The ids of the next rows; null for NULL.</summary>
    public abstract string?[] Read(int rows);

    public abstract void Dispose();

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static unsafe string Utf8(ByteArray value) => Encoding.UTF8.GetString((byte*)value.Pointer, value.Length);

    private static unsafe string Uuid(FixedLenByteArray value) =>
        new Guid(new ReadOnlySpan<byte>((void*)value.Pointer, 16), bigEndian: true).ToString();

    private sealed class StoredIds<T>(
        ParquetFileReader reader, ParquetFileInfo file, Leaf leaf, PageHeaders pages, Func<T, string> text) : IdColumn
        where T : unmanaged
    {
        private readonly FlatColumn<T> _column = new(reader, file, leaf, pages);

        public override void Seek(long row) => _column.Seek(row);

        public override string?[] Read(int rows)
        {
            var ids = new string?[rows];
            for (var done = 0; done < rows;)
            {
                var count = _column.Read(rows - done);
                for (var i = 0; i < count; i++, done++)
                    ids[done] = _column.IsNull(i) ? null : text(_column.Value(i));
            }
            return ids;
        }

        public override void Dispose() => _column.Dispose();
    }
}
