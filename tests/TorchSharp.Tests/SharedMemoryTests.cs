using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class SharedMemoryTests
{
    [Fact]
    public void FromArray_OfTheSameType_SharesMemoryBothWays()
    {
        float[] values = [1, 2, 3];
        using var tensor = from_array(values);
        values[1] = 20;
        tensor.mul_(2);
        Assert.Equal([2f, 40, 6], values);
    }

    [Fact]
    public void FromArray_OfAnotherType_IsACopy()
    {
        int[] values = [1, 2, 3];
        using var tensor = from_array(values, ScalarType.Int64);
        values[0] = 9;
        Assert.Equal([1L, 2, 3], tensor.data<long>().ToArray());
    }

    [Fact]
    public void FromArray_OfTwoDimensions_KeepsThem()
    {
        using var tensor = from_array(new[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([2L, 3], tensor.shape);
        Assert.Equal(6, tensor[1, 2].item<int>());
    }

    [Fact]
    public void FromArray_WhileGarbageIsCompacted_StaysWhereItIs()
    {
        using var tensor = FromScatteredArray(out var values);
        for (var i = 0; i < 3; i++)
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        values[7] = 42;
        Assert.Equal(42f, tensor[7].item<float>());
    }

    [Fact]
    public void FromArray_AfterTheLastTensorDied_LetsTheArrayGo()
    {
        var (array, view) = OnlyAView();
        GC.Collect();
        Assert.True(array.IsAlive);
        Assert.Equal(3f, view.item<float>());
        view.Dispose();
        GC.Collect();
        Assert.False(array.IsAlive);
    }

    [Fact]
    public void FromArray_AfterAConversion_LetsTheArrayGo()
    {
        var (array, tensor) = Converted();
        GC.Collect();
        Assert.False(array.IsAlive);
        tensor.Dispose();
    }

    [Fact]
    public void FromArray_OfTextElements_IsRefused() =>
        Assert.ThrowsAny<Exception>(() => from_array(new[] { "no" }));

    [Fact]
    public void FromBuffer_WithOffset_StartsThere()
    {
        long[] values = [1, 2, 3, 4, 5];
        using var tensor = frombuffer(values, ScalarType.Int64, count: 2, offset: 2);
        values[3] = 40;
        Assert.Equal([3L, 40], tensor.data<long>().ToArray());
    }

    [Fact]
    public void FromBuffer_WithoutCount_GoesToTheEnd()
    {
        using var tensor = frombuffer(new float[] { 1, 2, 3 }, ScalarType.Float32, offset: 1);
        Assert.Equal([2f, 3], tensor.data<float>().ToArray());
    }

    [Fact]
    public void FromBuffer_BeyondTheArray_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => frombuffer(new float[3], ScalarType.Float32, offset: 3));
        Assert.Throws<ArgumentException>(() => frombuffer(new float[3], ScalarType.Float32, offset: -1));
        Assert.Throws<IndexOutOfRangeException>(
            () => frombuffer(new float[3], ScalarType.Float32, count: 3, offset: 1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Tensor FromScatteredArray(out float[] values)
    {
        for (var i = 0; i < 1000; i++)
            GC.KeepAlive(new byte[1000]);
        values = new float[64];
        return from_array(values);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Array, Tensor View) OnlyAView()
    {
        var values = new float[] { 1, 2, 3 };
        using var tensor = from_array(values);
        return (new WeakReference(values), tensor[2]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Array, Tensor Tensor) Converted()
    {
        var values = new float[] { 1, 2, 3 };
        return (new WeakReference(values), from_array(values, ScalarType.Float16));
    }
}
