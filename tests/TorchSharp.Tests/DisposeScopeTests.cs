using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class DisposeScopeTests
{
    [Fact]
    public void Scope_WhenDisposed_DisposesWhatWasMadeInIt()
    {
        Tensor inside;
        using (NewDisposeScope())
            inside = zeros(1);
        Assert.True(inside.IsInvalid);
    }

    [Fact]
    public void Scope_WhenDisposed_LeavesWhatWasMadeBefore()
    {
        using var before = zeros(1);
        using (NewDisposeScope())
            before.add_(1);
        Assert.False(before.IsInvalid);
    }

    [Fact]
    public void Tensor_MovedToOuterScope_LivesAsLongAsThat()
    {
        Tensor moved;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope())
                moved = zeros(1).MoveToOuterDisposeScope();
            Assert.False(moved.IsInvalid);
            Assert.True(outer.Contains(moved));
        }
        Assert.True(moved.IsInvalid);
    }

    [Fact]
    public void Tensor_MovedOutOfTheOutermostScope_IsTheCallers()
    {
        Tensor moved;
        using (NewDisposeScope())
            moved = zeros(1).MoveToOuterDisposeScope();
        Assert.False(moved.IsInvalid);
        moved.Dispose();
    }

    [Fact]
    public void Tensor_Detached_OutlivesEveryScope()
    {
        Tensor detached;
        using (NewDisposeScope())
        using (NewDisposeScope())
            detached = zeros(1).DetachFromDisposeScope();
        Assert.False(detached.IsInvalid);
        detached.Dispose();
    }

    [Fact]
    public void Scope_WithAnAttachedTensor_DisposesIt()
    {
        var tensor = zeros(1);
        using (var scope = NewDisposeScope())
            scope.Attach(tensor);
        Assert.True(tensor.IsInvalid);
    }

    [Fact]
    public void Tensor_AttachedToAnotherScope_LeavesItsOwn()
    {
        Tensor tensor;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope())
                outer.Attach(tensor = zeros(1));
            Assert.False(tensor.IsInvalid);
        }
        Assert.True(tensor.IsInvalid);
    }

    [Fact]
    public void Tensor_DisposedByHand_IsNoLongerTheScopes()
    {
        using var scope = NewDisposeScope();
        var tensor = zeros(1);
        Assert.Equal(1, scope.DisposablesCount);
        tensor.Dispose();
        tensor.Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void DisposeEverythingBut_OneTensor_KeepsItInTheScope()
    {
        Tensor kept;
        using (var scope = NewDisposeScope())
        {
            kept = zeros(1);
            var other = zeros(1);
            Assert.Same(kept, scope.DisposeEverythingBut(kept));
            Assert.True(other.IsInvalid);
            Assert.False(kept.IsInvalid);
        }
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void MoveToOuter_OfSeveralTensors_MovesThemAll()
    {
        Tensor first, second;
        using (NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                (first, second) = (zeros(1), zeros(1));
                inner.MoveToOuter(new IDisposable[] { first, second });
            }
            Assert.False(first.IsInvalid || second.IsInvalid);
        }
        Assert.True(first.IsInvalid && second.IsInvalid);
    }

    [Fact]
    public void Views_OfADisposedTensor_KeepItsMemory()
    {
        var tensor = arange(4);
        using var view = tensor.narrow(0, 2, 2);
        tensor.Dispose();
        Assert.Equal([2L, 3], view.data<long>().ToArray());
    }

    [Fact]
    public void Scope_OfOneThread_DoesNotSeeAnother()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;
        var thread = new Thread(() => elsewhere = zeros(1));
        thread.Start();
        thread.Join();
        Assert.Equal(0, scope.DisposablesCount);
        elsewhere!.Dispose();
    }
}
