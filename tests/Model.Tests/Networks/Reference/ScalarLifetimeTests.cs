using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Reference;

/// <summary>Alone, since it keeps the collector of the whole process busy.</summary>
[Collection(nameof(TensorLifetimeTests))]
public sealed class ScalarLifetimeTests
{
    // Two types: libtorch converts the addend, which takes a while, before it reads by what it is to be multiplied.
    [Fact]
    public async Task Add_WhileTheCollectorRuns_AddsTheAddendOnce()
    {
        using var stop = new CancellationTokenSource();
        var collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        using var addend = ones([4096, 768], ScalarType.BFloat16);
        try
        {
            for (var i = 0; i < 300; i++)
            {
                using var sum = zeros(4096, 768);
                ReferenceOperators.Add(sum, addend);
                Assert.Equal(1f, MemoryMarshal.Read<float>(sum.bytes));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await collector;
        }
    }
}
