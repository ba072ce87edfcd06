using System.Net;
using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class RunOptionsParserTests
{
    [Fact]
    public void Parse_SeveralBadOptions_NamesEachInOneMessage()
    {
        var refusal = Assert.Throws<UserErrorException>(() => RunOptionsParser.Parse(new RunArguments
        {
            Files = "0",
            Keep = "int4",
            Dtype = "fp8",
            TokenBudget = "many",
            WindowRows = "-3",
            Layout = "flat",
            OnExistingScore = "ignore",
            Listen = "5090",
            LocalWorkers = "2000",
            HeartbeatTimeout = "soon",
            ScoreColumn = "TEXT",
        }));

        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        Assert.All(
            (string[])["--files 0", "--keep int4", "--dtype fp8", "--token-budget many", "--window-rows -3",
            "--layout flat", "--on-existing-score ignore", "--listen 5090", "--local-workers 2000",
            "--heartbeat-timeout soon", "three different names"],
            part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_Nothing_IsTheMission()
    {
        var options = RunOptionsParser.Parse(new RunArguments());

        Assert.Equal(
            ("hf://datasets/HuggingFaceFW/fineweb/data/CC-MAIN-2024-10/*.parquet",
                "HuggingFaceFW/fineweb-edu-classifier", KeepRule.Int3, 16384),
            (options.Identity.Input, options.Identity.Model, options.Identity.Keep, options.Identity.WindowRows));
        Assert.Equal(Path.GetFullPath("output"), options.Identity.Output);
        Assert.Equal(Path.GetFullPath(Path.Combine("runs", options.Identity.Digest)), options.RunFolder);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 5090), options.Listen);
        Assert.Equal(TimeSpan.FromSeconds(30), options.HeartbeatTimeout);
    }

    [Theory]
    [InlineData("int>=3", KeepRule.Int3)]
    [InlineData("raw>=2.5", KeepRule.Raw25)]
    [InlineData("all", KeepRule.All)]
    public void Parse_KeepRuleInEitherSpelling_IsTheSame(string text, object rule) =>
        Assert.Equal(rule, RunOptionsParser.Parse(new RunArguments { Keep = text }).Identity.Keep);

    [Theory]
    [InlineData("0.0.0.0:5090")]
    [InlineData("192.168.0.7:80")]
    [InlineData("[::]:5090")]
    public void Parse_AddressBeyondLoopback_NeedsInsecure(string address)
    {
        Assert.Throws<UserErrorException>(() => RunOptionsParser.Parse(new RunArguments { Listen = address }));
        Assert.Equal(
            IPEndPoint.Parse(address),
            RunOptionsParser.Parse(new RunArguments { Listen = address, Insecure = true }).Listen);
    }

    [Theory]
    [InlineData("localhost:0", "127.0.0.1:0")]
    [InlineData("[::1]:7", "[::1]:7")]
    [InlineData("127.0.0.2:65535", "127.0.0.2:65535")]
    public void Parse_LoopbackAddress_IsTaken(string text, string address) => Assert.Equal(
        IPEndPoint.Parse(address), RunOptionsParser.Parse(new RunArguments { Listen = text }).Listen);

    [Theory]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("head:5090")]
    public void Parse_NoAddressWithPort_IsRefused(string text) =>
        Assert.Throws<UserErrorException>(() => RunOptionsParser.Parse(new RunArguments { Listen = text }));

    [Fact]
    public void Digest_OneOptionDiffers_IsAnother()
    {
        RunArguments[] all =
        [
            new(), new() { Keep = "all" }, new() { Files = "3" }, new() { Output = "elsewhere" },
            new() { Dtype = "fp32" }, new() { RowsPerFile = "10" }, new() { Layout = "mirror" },
            new() { TokenBudget = "512" },
        ];

        var digests = all.Select(arguments => RunOptionsParser.Parse(arguments).Identity.Digest).ToList();

        Assert.Equal(all.Length, digests.Distinct().Count());
        Assert.Equal(digests[0], RunOptionsParser.Parse(new RunArguments { Listen = "127.0.0.1:1" }).Identity.Digest);
    }

    [Fact]
    public void Identity_ThroughTheLedger_IsTheSame()
    {
        var identity = RunOptionsParser.Parse(new RunArguments
        {
            RowsPerFile = "5000000000",
            Files = "7",
            TokenBudget = "99",
            Dtype = "bf16",
            Keep = "raw3",
            Layout = "mirror",
            OnExistingScore = "replace",
        }).Identity;

        Assert.Equal(identity, RunIdentity.FromOptions(identity.ToOptions()));
    }
}
