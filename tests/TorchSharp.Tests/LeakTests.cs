using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class LeakTests
{
    public LeakTests() => Collect(); // what other tests have left behind

    [Fact]
    public void TotalCount_AfterAScopeOfManyOperators_IsAsBefore()
    {
        var before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            var x = ones(4, 4);
            for (var i = 0; i < 100; i++)
                x = nn.functional.softmax((x.mm(x) + 1).transpose(0, 1), -1);
            Assert.True(Tensor.TotalCount > before);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void TotalCount_AfterFailedOperators_IsAsBefore()
    {
        var before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            var (x, y) = (ones(2, 3), ones(2, 3));
            for (var i = 0; i < 100; i++)
                Assert.ThrowsAny<Exception>(() => x.mm(y));
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void TotalCount_OfForgottenTensors_FallsWithTheGarbage()
    {
        var before = Tensor.TotalCount;
        Forget(50);
        Collect();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void TotalCount_AfterGivingAHandleAway_ComesBackWithIt()
    {
        var before = Tensor.TotalCount;
        var handle = arange(3).DecoupleFromNativeHandle();
        Assert.Equal(before, Tensor.TotalCount);
        using (var taken = Tensor.UnsafeCreateTensor(handle))
        {
            Assert.Equal(handle, taken.Handle);
            Assert.Equal([0L, 1, 2], taken.data<long>().ToArray());
            Assert.Equal(before + 1, Tensor.TotalCount);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(int count)
    {
        for (var i = 0; i < count; i++)
            GC.KeepAlive(zeros(10));
    }
}
