namespace FineWebTorch.Hub.Tests;

public sealed class HubEnvironmentTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("hub-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void FindToken_SeveralSources_ComeInTheOfficialOrder()
    {
        File.WriteAllText(Path.Combine(_home, "token"), "hf_file\r\n");
        Assert.Equal("hf_first", Token(("HF_TOKEN", " hf_first\n"), ("HUGGING_FACE_HUB_TOKEN", "hf_second")));
        Assert.Equal("hf_second", Token(("HF_TOKEN", ""), ("HUGGING_FACE_HUB_TOKEN", "hf_second")));
        Assert.Equal("hf_file", Token(("HF_TOKEN", "  ")));
        Assert.Null(Token(("HF_TOKEN_PATH", Path.Combine(_home, "elsewhere"))));
    }

    [Fact]
    public void FindToken_ImplicitTokensOff_FindsNone() =>
        Assert.Null(Token(("HF_TOKEN", "hf_first"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "yes")));

    [Theory]
    [InlineData("1", true)]
    [InlineData("on", true)]
    [InlineData("Yes", true)]
    [InlineData("TRUE", true)]
    [InlineData("0", false)]
    [InlineData("2", false)]
    [InlineData("", false)]
    public void Offline_OfAValue_IsReadAsTheOfficialToolsDo(string value, bool expected)
    {
        Assert.Equal(expected, In(("HF_HUB_OFFLINE", value)).Offline);
        Assert.Equal(expected, In(("TRANSFORMERS_OFFLINE", value)).Offline);
    }

    [Fact]
    public void Endpoint_WithSlashes_LosesThem() =>
        Assert.Equal(
            "http://127.0.0.1:8080/hub", In(("HF_ENDPOINT", "http://127.0.0.1:8080/hub//")).Endpoint.AbsoluteUri);

    [Theory]
    [InlineData("huggingface.co")]
    [InlineData("ftp://huggingface.co")]
    public void Endpoint_ThatIsNoHttpAddress_IsNamed(string value)
    {
        var error = Assert.Throws<HubPathException>(() => In(("HF_ENDPOINT", value)).Endpoint);
        Assert.Contains("HF_ENDPOINT", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Home_WithVariable_IsExpanded() =>
        Assert.Equal("/big/disk/hf", In(("HF_HOME", "$DISK/hf"), ("DISK", "/big/disk")).Home);

    [Theory]
    [InlineData("hf_sécret-that-no-log-may-show")]
    [InlineData("hf_secret that-no-log-may-show")]
    [InlineData("hf_secret\u0000that-no-log-may-show")]
    public void FindToken_ThatNoHeaderWouldTake_IsRefusedAndNotShown(string token)
    {
        var error = Assert.Throws<FormatException>(() => Token(("HF_TOKEN", token)));

        Assert.Contains("characters that no token has; copy it again", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("no-log-may-show", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Token_AsText_ShowsNothing() => Assert.Equal("(token)", $"{HubToken.From("hf_secret")}");

    private string? Token(params (string, string)[] variables) => In(variables).FindToken()?.Header.Parameter;

    private HubEnvironment In(params (string Name, string Value)[] variables) => new(
        name => variables.FirstOrDefault(one => one.Name == name).Value ?? (name == "HF_HOME" ? _home : null));
}
