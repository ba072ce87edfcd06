namespace FineWebTorch.Common.Tests;

public class OpenSslTests
{
    [Fact]
    public void Demand_NoVersionLoads_NamesThePackages()
    {
        var asked = new List<string>();
        bool Nothing(string file)
        {
            asked.Add(file);
            return false;
        }

        var error = Assert.Throws<UserErrorException>(() => OpenSsl.Demand(_ => null, Nothing));
        Assert.Contains("install libssl3", error.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, error.ExitCode);
        Assert.Equal(["libssl.so.3", "libssl.so.1.1"], asked.Take(2));
    }

    [Theory]
    [InlineData(null, "libssl.so.1.1")]
    [InlineData("3.5", "libssl.so.3.5")]
    public void Demand_OneThatTheRuntimeTakes_IsEnough(string? named, string installed) =>
        OpenSsl.Demand(
            name => name == "DOTNET_OPENSSL_VERSION_OVERRIDE" ? named : null,
            file => file == installed);
}
