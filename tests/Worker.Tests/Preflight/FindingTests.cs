using System.Text;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Worker.Preflight;

namespace FineWebTorch.Worker.Tests.Preflight;

/// <summary>What is thought of what was seen of a machine.</summary>
public sealed class FindingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "Good", "as the coordinator's")]
    [InlineData(-2, "Good", "as the coordinator's")]
    [InlineData(50, "Good", "50 s ahead of the coordinator")]
    [InlineData(-90, "Doubtful", "1 min 30 s behind the coordinator")]
    [InlineData(3_600, "Bad", "1 h 0 min ahead of the coordinator")]
    public void Clock_IsComparedWithWhoAnswers(int seconds, string verdict, string text)
    {
        var finding = ClockCheck.Judge([("the coordinator", Noon, Noon.AddSeconds(seconds))]);

        Assert.Equal((verdict, text), ($"{finding.Verdict}", finding.Text));
    }

    [Fact]
    public void Clock_NobodyElseTellsIt_IsNotJudged() => Assert.Equal(Verdict.Skipped, ClockCheck.Judge([]).Verdict);

    [Theory]
    [InlineData("NVIDIA A10G", 70.0)]
    [InlineData("NVIDIA A10", 125.0)]
    [InlineData("NVIDIA A100-SXM4-80GB", 312.0)]
    [InlineData("NVIDIA H100 80GB HBM3", 989.0)]
    [InlineData("NVIDIA H100 PCIe", 756.0)]
    [InlineData("Tesla T4", 65.0)]
    [InlineData("NVIDIA L4", 121.0)]
    [InlineData("NVIDIA L40S", 362.0)]
    [InlineData("Some other thing", null)]
    public void Gpu_IsKnownByItsName(string name, double? teraFlops) => Assert.Equal(teraFlops, RateCheck.PeakOf(name));

    [Theory]
    [InlineData(600, "Good")] // 0.6 of the 0.7 PFLOP/s that these flops make of 70 TFLOP/s
    [InlineData(50, "Doubtful")]
    public void Gpu_ThatIsSlowForItsName_IsDoubtful(double rate, string verdict)
    {
        var finding = RateCheck.Judge(Gpu("NVIDIA A10G"), ModelDtype.Float16, rate, flops: 7e10, cores: 0);

        Assert.Equal(verdict, $"{finding.Verdict}");
        Assert.Contains("of its data sheet's 70", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Gpu_OfAnUnknownName_IsNotJudgedByItsRate() => Assert.Equal(
        Verdict.Good, RateCheck.Judge(Gpu("New 9000"), ModelDtype.Float16, 1, 7e10, 0).Verdict);

    [Theory]
    [InlineData(1.0, 2, "Doubtful")]
    [InlineData(1.9, 2, "Good")]
    public void Cpu_ThatOthersTakeMuchOf_IsDoubtful(double cores, int threads, string verdict)
    {
        var device = Gpu("a CPU") with { Kind = ComputeDeviceKind.Cpu, Threads = threads };

        Assert.Equal(verdict, $"{RateCheck.Judge(device, ModelDtype.Float32, 10, 7e10, cores).Verdict}");
    }

    [Theory]
    [InlineData(0f, "fp32", "Good")]
    [InlineData(2e-4f, "fp32", "Bad")]
    [InlineData(2e-2f, "fp16", "Good")]
    [InlineData(0.5f, "bf16", "Bad")]
    [InlineData(float.NaN, "fp16", "Bad")]
    public void Scores_ThatDiffer_AreAFaultOfTheDevice(float difference, string dtype, string verdict)
    {
        Assert.True(ModelDtypes.TryParse(dtype, out var parsed));

        Assert.Equal(verdict, $"{DeviceCheck.Compare([1, 2 + difference], [1, 2], parsed).Verdict}");
    }

    [Fact]
    public void Disk_ThatCannotBeWrittenTo_IsAFault()
    {
        var finding = MachineCheck.Disk(
            "/cache", folder => new DiskRoom(folder, 1L << 40), _ => throw new UserErrorException("/cache: read-only"));

        Assert.Equal((Verdict.Bad, "/cache: read-only"), (finding.Verdict, finding.Text));
        Assert.Equal(Verdict.Doubtful, MachineCheck.Disk("/cache", folder => new DiskRoom(folder, 1_000), _ => { }).Verdict);
    }

    [Fact]
    public void GpuMemory_ThatAnotherHolds_IsDoubtful()
    {
        Assert.Equal(Verdict.Doubtful, DeviceCheck.Memory(used: 9_000_000_000, total: 24_000_000_000).Verdict);
        Assert.Equal(Verdict.Good, DeviceCheck.Memory(used: 500_000_000, total: 24_000_000_000).Verdict);
    }

    [Fact]
    public void Verdict_IsTheWorst_AndDoubtsDoNotFail()
    {
        var doubt = Finding.Doubtful("disk", "full", "make room");
        var list = new FindingList([Finding.Good("cores", "2 cores"), Finding.Skipped("clock", "-"), doubt]);

        Assert.Equal((Verdict.Doubtful, 0), (list.Verdict, list.ExitCode));
        Assert.EndsWith("make room\nready, with 1 doubt\n", Encoding.UTF8.GetString(list.ToText()), StringComparison.Ordinal);
        var worse = list with { Findings = [.. list.Findings, Finding.Bad("scores", "wrong", "have it looked at")] };
        Assert.Equal(1, worse.ExitCode);
        using var json = JsonDocument.Parse(worse.ToJson());
        Assert.Equal("bad", json.RootElement.GetProperty("verdict").GetString());
        Assert.Equal("make room", json.RootElement.GetProperty("checks")[2].GetProperty("advice").GetString());
    }

    private static ComputeDevice Gpu(string name) => new()
    {
        Kind = ComputeDeviceKind.Cuda,
        Index = 0,
        Name = name,
        NumericClass = "cuda",
        MemoryBytes = 1L << 34,
        SupportedDtypes = [ModelDtype.Float32, ModelDtype.Float16],
    };
}
