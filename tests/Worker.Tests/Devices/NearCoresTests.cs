using FineWebTorch.Worker.Devices;

namespace FineWebTorch.Worker.Tests.Devices;

public sealed class NearCoresTests : IDisposable
{
    private const string Gpu = "0000:3b:00.0";
    private readonly string _devices = Directory.CreateTempSubdirectory("fineweb-pci-").FullName;

    public void Dispose() => Directory.Delete(_devices, recursive: true);

    [Theory]
    [InlineData("0-3", "0-7", "0-3")] // The first of two sockets
    [InlineData("8-15,24-31", "0-31", "8-15,24-31")]
    [InlineData("8-15", "12-20", "12-15")] // Within what a batch system has given
    [InlineData("0-7", "5", null)] // One core: nothing to choose
    [InlineData("0-7", "0-7", null)] // One socket
    [InlineData("0-7", "8-15", null)] // Somebody has chosen otherwise
    [InlineData("64-127", "0,64,100", "64,100")] // Beyond what a mask of 64 bits names
    [InlineData("", "0-7", null)] // A device of no socket
    public void Of_AGpu_AreThoseOfItsSocketThatMayBeUsed(string near, string allowed, string? expected)
    {
        Directory.CreateDirectory(Path.Combine(_devices, Gpu));
        File.WriteAllText(Path.Combine(_devices, Gpu, "local_cpulist"), near + "\n");

        var cores = NearCores.Of(Gpu, allowed, _devices);

        Assert.Equal(expected, cores is null ? null : NearCores.Write(cores));
    }

    [Fact]
    public void Of_AGpuThatTheKernelDoesNotName_AreNone()
    {
        Assert.Null(NearCores.Of(Gpu, "0-7", _devices));
        Assert.Null(NearCores.Of(Gpu, allowed: null));
    }

    [Fact]
    public void Allowed_AreReadOfTheProcess()
    {
        var file = Path.Combine(_devices, "status");
        File.WriteAllText(file, "Name:\tworker\nCpus_allowed:\tff\nCpus_allowed_list:\t0-3,8\n");

        Assert.Equal("0-3,8", NearCores.Allowed(file));
        Assert.Null(NearCores.Allowed("/no/such/file"));
    }

    [Fact]
    public void Use_OfOneCore_HoldsForAllThreads()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone has these files");
        var all = Enumerable.Range(0, 1024).Where(core => IsAllowed(core)).ToList();
        try
        {
            Assert.True(NearCores.Use([all[0]]));

            // Of the first thread, and of the one that asks.
            Assert.Equal($"{all[0]}", NearCores.Allowed());
            Assert.Equal($"{all[0]}", NearCores.Allowed("/proc/thread-self/status"));
        }
        finally
        {
            NearCores.Use(all);
        }
    }

    private bool IsAllowed(int core)
    {
        Directory.CreateDirectory(Path.Combine(_devices, Gpu));
        File.WriteAllText(Path.Combine(_devices, Gpu, "local_cpulist"), $"{core}");
        return NearCores.Of(Gpu, $"{NearCores.Allowed()},4096", _devices) is not null;
    }
}
