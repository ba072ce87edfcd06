namespace FineWebTorch.Model.Tests;

public class ComputeDeviceTests
{
    [Theory]
    [InlineData("gpu")]
    [InlineData("CPU")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:1x")]
    [InlineData("")]
    public void Resolve_UnknownName_ListsThoseThereAre(string name) => OneLine.Names(
        Assert.Throws<NotSupportedException>(() => ComputeDevice.Resolve(name)), $"'{name}'", "auto, cpu, cuda, cuda:N or mps");

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    public void Resolve_NoThreads_IsRefused(int threads) => OneLine.Names(
        Assert.Throws<NotSupportedException>(() => ComputeDevice.Resolve("cpu", threads)), $"{threads} threads");

    [Fact]
    public void Resolve_CudaWhereThereIsNone_SaysWhatWasFoundAndWhatToDo()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "there is a GPU here");
        foreach (var name in (string[])["cuda", "cuda:0", "cuda:7"])
            OneLine.Names(Assert.Throws<NotSupportedException>(() => ComputeDevice.Resolve(name)),
                name == "cuda" ? "cuda:0" : name, "libtorch", "device cpu");
    }

    [Fact]
    public void Resolve_GpuBeyondTheLast_NamesThoseThereAre()
    {
        Assert.SkipUnless(TorchSharp.torch.cuda.is_available(), "needs a GPU");
        OneLine.Names(Assert.Throws<NotSupportedException>(() => ComputeDevice.Resolve("cuda:99")), "cuda:99", "cuda:0 (");
    }

    [Fact]
    public void Resolve_MpsElsewhereThanOnAMac_IsRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "this is a Mac");
        OneLine.Names(Assert.Throws<NotSupportedException>(() => ComputeDevice.Resolve("mps")), "mps", "device cpu");
    }

    [Fact]
    public void Resolve_Cpu_SetsTheThreads()
    {
        var device = ComputeDevice.Resolve("cpu", 2, KernelChoice.Reference);
        Assert.Equal((ComputeDeviceKind.Cpu, 0, "cpu"), (device.Kind, device.Index, device.ToString()));
        Assert.Contains(";threads 2;", device.NumericClass, StringComparison.Ordinal);
        Assert.Equal([ModelDtype.Float32], device.SupportedDtypes);
        Assert.True(device.MemoryBytes > 1 << 20);
    }

    [Fact]
    public void Resolve_Auto_TakesTheGpuIfThereIsOne() => Assert.Equal(
        TorchSharp.torch.cuda.is_available() ? ComputeDeviceKind.Cuda : ComputeDeviceKind.Cpu,
        ComputeDevice.Resolve("auto").Kind);
}
