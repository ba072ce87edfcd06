using System.Collections;

namespace TorchSharp.Utils;

/// <summary>The elements of a CPU tensor in row-major order. It keeps the tensor reachable.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly torch.Tensor _tensor;
    private readonly T* _data;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        _tensor = tensor;
        _data = (T*)tensor.DataPointer();
        _shape = tensor.shape;
        _strides = tensor.stride();
        _contiguous = tensor.is_contiguous();
        Count = tensor.numel();
    }

    public long Count { get; }

    /// <param name="indices">One index per dimension, or a single one into the row-major order.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such element.</exception>
    public T this[params long[] indices]
    {
        get
        {
            var value = _data[Offset(indices)];
            GC.KeepAlive(_tensor);
            return value;
        }
        set
        {
            _data[Offset(indices)] = value;
            GC.KeepAlive(_tensor);
        }
    }

    public T[] ToArray()
    {
        var result = new T[Count];
        CopyTo(result);
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyTo(array.AsSpan(arrayIndex), 0, tensorIndex);

    /// <summary>Copies elements from <paramref name="tensorIndex"/> on until either side ends.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = array[arrayIndex..];
        var length = (int)Math.Min(target.Length, Count - tensorIndex);
        if (_contiguous)
            new ReadOnlySpan<T>(_data + tensorIndex, length).CopyTo(target);
        else
        {
            for (var i = 0; i < length; i++)
                target[i] = _data[Offset(tensorIndex + i)];
        }
        GC.KeepAlive(_tensor);
    }

    /// <summary>Copies into the tensor from <paramref name="tensorIndex"/> on until either side ends.</summary>
    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var source = array[arrayIndex..];
        var length = (int)Math.Min(source.Length, Count - tensorIndex);
        for (var i = 0; i < length; i++)
            _data[Offset(tensorIndex + i)] = source[i];
        GC.KeepAlive(_tensor);
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Does nothing: the tensor is not the accessor's.</summary>
    public void Dispose()
    {
    }

    private long Offset(long[] indices)
    {
        if (indices.Length == 1)
            return Offset(indices[0]);
        if (indices.Length != _shape.Length)
            throw OutOfRange(string.Join(',', indices));
        var offset = 0L;
        for (var i = 0; i < indices.Length; i++)
        {
            if ((ulong)indices[i] >= (ulong)_shape[i])
                throw OutOfRange(string.Join(',', indices));
            offset += indices[i] * _strides[i];
        }
        return offset;
    }

    private long Offset(long index)
    {
        if ((ulong)index >= (ulong)Count)
            throw OutOfRange($"{index}");
        if (_contiguous)
            return index;
        var offset = 0L;
        for (var i = _shape.Length - 1; i >= 0; i--)
        {
            index = Math.DivRem(index, _shape[i], out var position);
            offset += position * _strides[i];
        }
        return offset;
    }

    // The exception that TorchSharp throws here.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2201", Justification = "The type is TorchSharp's.")]
    private IndexOutOfRangeException OutOfRange(string index) =>
        new($"[{index}] is not in a tensor of [{string.Join(',', _shape)}].");
}
