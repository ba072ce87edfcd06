using System.Diagnostics;

namespace FineWebTorch.Model.Tests.Networks.Cpu;

/// <summary>The kernels and their thread pool under sanitizers, in programs that build/native --tests makes.</summary>
public class SanitizerTests
{
    [Theory]
    [InlineData("kernels_address", "generic\n")]
    [InlineData("thread_pool_address", "the pool keeps its promises\n")]
    [InlineData("thread_pool_thread", "the pool keeps its promises\n")]
    public async Task Program_OddWork_FindsNothing(string name, string said)
    {
        var program = Path.Combine(TestData.RepositoryRoot, "artifacts", "native", "tests", name);
        Assert.SkipUnless(File.Exists(program), $"{program} is not there: run build/setup --tests");
        var (exitCode, output, errors) = await Executables.RunAsync(new ProcessStartInfo(program));

        // Kernels that scatter a program's memory further than the sanitizer can map (vm.mmap_rnd_bits above 28).
        Assert.SkipWhen(
            errors.Contains("ThreadSanitizer: unexpected memory mapping", StringComparison.Ordinal),
            "the thread sanitizer does not work with this system's memory layout");
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.StartsWith(said, output, StringComparison.Ordinal);
    }
}
