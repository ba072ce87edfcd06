using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class ThreadTests
{
    [Fact]
    public void Operators_OnSharedWeightsFromManyThreads_AgreeBitForBit()
    {
        using var weights = Numbers.Tensor(Numbers.Some(64 * 64), 64, 64);
        using var input = Numbers.Tensor(Numbers.Some(8 * 64, 2), 8, 64);
        var results = new byte[8][];
        Run(results.Length, thread =>
        {
            using var mode = inference_mode();
            for (var i = 0; i < 20; i++)
            {
                using var scope = NewDisposeScope();
                results[thread] = nn.functional.gelu(nn.functional.linear(input, weights)).bytes.ToArray();
            }
        });
        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Fact]
    public void NoGrad_OnOneThread_LeavesAnotherAlone()
    {
        using var mode = no_grad();
        var elsewhere = false;
        Run(1, _ => elsewhere = is_grad_enabled());
        Assert.True(elsewhere);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void Modes_WhenLeft_AreAsBefore()
    {
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            using (enable_grad())
                Assert.True(is_grad_enabled());
            Assert.False(is_grad_enabled());
        }
        Assert.True(is_grad_enabled());
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            using (inference_mode(false))
                Assert.False(is_inference_mode_enabled());
        }
        Assert.False(is_inference_mode_enabled());
    }

    [Fact]
    public void Gradient_OfAParameter_IsRecordedOnlyOutsideNoGrad()
    {
        using var scope = NewDisposeScope();
        var parameter = ones(2, requires_grad: true);
        Assert.True((parameter * 2).requires_grad);
        using (no_grad())
            Assert.False((parameter * 2).requires_grad);
        Assert.False(parameter.detach().requires_grad);
    }

    [Fact]
    public void NumThreads_WhenSet_HoldsOnNewThreadsToo()
    {
        var before = get_num_threads();
        try
        {
            set_num_threads(1);
            var elsewhere = 0;
            Run(1, _ => elsewhere = get_num_threads());
            Assert.Equal((1, 1), (get_num_threads(), elsewhere));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    private static void Run(int count, Action<int> action)
    {
        Exception? failure = null;
        var threads = Enumerable.Range(0, count).Select(index => new Thread(() =>
        {
            try
            {
                action(index);
            }
            catch (Exception error)
            {
                failure = error;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Null(failure);
    }
}
