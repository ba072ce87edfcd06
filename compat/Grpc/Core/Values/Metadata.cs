using System.Collections;

namespace Grpc.Core;

/// <summary>The headers or trailers of a call, in order; a key may occur more than once.</summary>
public sealed partial class Metadata : IList<Metadata.Entry>
{
    /// <summary>Ends the keys whose values are bytes.</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>Holds nothing and refuses changes.</summary>
    public static readonly Metadata Empty = new(readOnly: true);

    private readonly List<Entry> _entries = [];

    public Metadata()
    {
    }

    private Metadata(bool readOnly) => IsReadOnly = readOnly;

    public int Count => _entries.Count;

    public bool IsReadOnly { get; }

    public Entry this[int index]
    {
        get => _entries[index];
        set
        {
            RequireWritable();
            ArgumentNullException.ThrowIfNull(value);
            _entries[index] = value;
        }
    }

    public void Add(string key, string value) => Add(new Entry(key, value));

    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    public void Add(Entry item)
    {
        RequireWritable();
        ArgumentNullException.ThrowIfNull(item);
        _entries.Add(item);
    }

    /// <summary>The last entry of that key, or null.</summary>
    public Entry? Get(string key) => _entries.FindLast(entry => entry.Is(key));

    /// <summary>The text of the last entry of that key, or null.</summary>
    /// <exception cref="InvalidOperationException">The entry's value is bytes.</exception>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The bytes of the last entry of that key, or null.</summary>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    public IEnumerable<Entry> GetAll(string key) => _entries.Where(entry => entry.Is(key));

    public int IndexOf(Entry item) => _entries.IndexOf(item);

    public void Insert(int index, Entry item)
    {
        RequireWritable();
        ArgumentNullException.ThrowIfNull(item);
        _entries.Insert(index, item);
    }

    public void RemoveAt(int index)
    {
        RequireWritable();
        _entries.RemoveAt(index);
    }

    public bool Remove(Entry item)
    {
        RequireWritable();
        return _entries.Remove(item);
    }

    public void Clear()
    {
        RequireWritable();
        _entries.Clear();
    }

    public bool Contains(Entry item) => _entries.Contains(item);

    public void CopyTo(Entry[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);

    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void RequireWritable()
    {
        if (IsReadOnly) throw new InvalidOperationException("Object is read only");
    }
}
