using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class ShapeTests
{
    [Fact]
    public void View_OfAContiguousTensor_SharesItsMemory()
    {
        using var scope = NewDisposeScope();
        var tensor = arange(6, dtype: ScalarType.Float32);
        var view = tensor.view(2, -1);
        view[1, 0].fill_(30);
        Assert.Equal([0f, 1, 2, 30, 4, 5], tensor.data<float>().ToArray());
    }

    [Fact]
    public void Reshape_OfATransposedTensor_CopiesInOrder()
    {
        using var scope = NewDisposeScope();
        var transposed = arange(6).view(2, 3).transpose(0, 1);
        Assert.Equal([1L, 3], transposed.stride());
        Assert.False(transposed.is_contiguous());
        Assert.Equal([0L, 3, 1, 4, 2, 5], transposed.reshape(-1).data<long>().ToArray());
        Assert.Equal([0L, 3, 1, 4, 2, 5], transposed.data<long>().ToArray());
        Assert.True(transposed.contiguous().is_contiguous());
    }

    [Fact]
    public void Permute_OfFourDimensions_MovesEachElement()
    {
        using var scope = NewDisposeScope();
        var permuted = arange(2 * 3 * 4 * 5).view(2, 3, 4, 5).permute(0, 2, 1, 3);
        Assert.Equal([2L, 4, 3, 5], permuted.shape);
        using var elements = permuted.data<long>();
        Assert.Equal(((1 * 3 + 2) * 4 + 3) * 5 + 4, elements[1, 3, 2, 4]);
        Assert.Equal(119, elements[119]);
        Assert.Equal(60, elements[60]);
    }

    [Fact]
    public void Expand_OfARow_RepeatsItWithoutMemory()
    {
        using var scope = NewDisposeScope();
        var expanded = tensor(new float[] { 1, 2 }).unsqueeze(0).expand(3, -1);
        Assert.Equal([0L, 1], expanded.stride());
        Assert.Equal([1f, 2, 1, 2, 1, 2], expanded.data<float>().ToArray());
    }

    [Fact]
    public void Squeeze_WithAndWithoutDimension_DropsOnesOnly()
    {
        using var scope = NewDisposeScope();
        var tensor = zeros(1, 3, 1);
        Assert.Equal([3L], tensor.squeeze().shape);
        Assert.Equal([1L, 3], tensor.squeeze(-1).shape);
        Assert.Equal([1L, 3, 1], tensor.squeeze(1).shape);
        Assert.Equal([3L], tensor.flatten().shape);
        Assert.Equal([3L, 1], tensor.flatten(0, 1).shape);
    }

    [Fact]
    public void NarrowSelectAndSlice_OfAMatrix_GiveTheirParts()
    {
        using var scope = NewDisposeScope();
        var matrix = arange(12).view(3, 4);
        Assert.Equal([5L, 6, 9, 10], matrix.narrow(0, 1, 2).narrow(1, 1, 2).data<long>().ToArray());
        Assert.Equal([3L, 7, 11], matrix.select(1, -1).data<long>().ToArray());
        Assert.Equal([0L, 2, 4, 6, 8, 10], matrix.slice(1, 0, 4, 2).data<long>().ToArray());
        Assert.Equal(5, matrix.narrow(0, 1, 1).narrow(1, 1, 1).storage_offset());
    }

    [Fact]
    public void Indexer_WithIndicesAndRanges_MatchesSelectAndSlice()
    {
        using var scope = NewDisposeScope();
        var cube = arange(24).view(2, 3, 4);
        Assert.Equal([12L, 13, 14, 15], cube[1, 0].data<long>().ToArray());
        Assert.Equal(23, cube[1, 2, 3].item<long>());
        Assert.Equal([1L, 5, 13, 17], cube[TensorIndex.Slice(), TensorIndex.Slice(null, 2), 1].data<long>().ToArray());
        Assert.Equal([22L, 23], cube[-1, -1, TensorIndex.Slice(-2)].data<long>().ToArray());
    }

    [Theory]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    public void IndexSelect_WithRepeatedRows_CopiesThem(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var table = arange(6, dtype: ScalarType.Float32).view(3, 2);
        var rows = table.index_select(0, tensor(new[] { 2, 0, 2 }).to(type));
        Assert.Equal([4f, 5, 0, 1, 4, 5], rows.data<float>().ToArray());
    }

    [Fact]
    public void CatAndStack_OfSeveralTensors_JoinThem()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (arange(2), arange(10, 12));
        Assert.Equal([0L, 1, 10, 11], cat([a, b]).data<long>().ToArray());
        Assert.Equal([0L, 10, 1, 11], stack([a, b], 1).data<long>().ToArray());
        Assert.Equal([0L, 1], cat([a]).data<long>().ToArray());
    }

    [Fact]
    public void Cat_WithADisposedTensor_ThrowsAndLeavesTheOthers()
    {
        using var alive = arange(2);
        var dead = arange(2);
        dead.Dispose();
        Assert.ThrowsAny<InvalidOperationException>(() => cat([alive, dead]));
        Assert.Equal([0L, 1], alive.data<long>().ToArray());
    }

    [Fact]
    public void SplitChunkAndUnbind_OfAnUnevenDimension_CoverIt()
    {
        using var scope = NewDisposeScope();
        var tensor = arange(7);
        Assert.Equal([3L, 3, 1], tensor.split(3).Select(part => part.numel()));
        Assert.Equal([4L, 3], tensor.chunk(2).Select(part => part.numel()));
        Assert.Equal([4L, 5, 6], tensor.split(4)[1].data<long>().ToArray());
        Assert.Equal([1L, 3], arange(4).view(2, 2).unbind(1)[1].data<long>().ToArray());
    }
}
